import { expect, test } from 'vitest'
import { checkPackages } from '../src/packages.ts'
import { memoryRepository } from '../src/repository.ts'

const sound = (name: string, extra: object = {}): string =>
  JSON.stringify(
    {
      name,
      keywords: ['faust', 'faust-plugin', 'faust-store', 'faust-transport'],
      license: 'MIT',
      type: 'module',
      sideEffects: false,
      files: ['dist', 'src'],
      engines: { node: '^20.19.0 || >=22.12.0' },
      publishConfig: { access: 'public', provenance: true },
      scripts: { build: 'tsc -b', prepack: 'tsc -b' },
      exports: {
        '.': { '@faust/source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
        './package.json': './package.json',
      },
      ...extra,
    },
    null,
    2,
  )

const CORE = { '@faust/core': 'workspace:>=0.1.0 <1' }
const DEVELOPS_CORE = { peerDependencies: CORE, devDependencies: { '@faust/core': 'workspace:^' } }

const problems = (files: Readonly<Record<string, string>>): string[] =>
  checkPackages(memoryRepository(files)).map(({ file, problem }) => `${file} ${problem}`)

const manifest = (name: string, extra: object = {}): string[] =>
  checkPackages(memoryRepository({ 'packages/a/package.json': sound(name, extra) })).map(({ problem }) => problem)

test('packages as they should be are fine', () => {
  expect(manifest('@faust/core')).toEqual([])
  expect(manifest('@faust/testing', DEVELOPS_CORE)).toEqual([])
  expect(manifest('@faust/store-level', { ...DEVELOPS_CORE, dependencies: { 'classic-level': '3.0.0' } })).toEqual([])
  expect(manifest('@faust/transport-kafkajs', { ...DEVELOPS_CORE, dependencies: { '@faust/kafka': '*' } })).toEqual([])
  expect(manifest('@faust/cli', { dependencies: { '@faust/core': 'workspace:^' } })).toEqual([])
})

test('core, kafka and testing have no runtime dependency', () => {
  expect(manifest('@faust/core', { dependencies: { long: '5' } })).toEqual(['has runtime dependencies: long'])
  expect(manifest('@faust/kafka', { peerDependencies: { snappy: '7' } })).toEqual(['demands peers: snappy'])
  const optional = { peerDependencies: { snappy: '7' }, peerDependenciesMeta: { snappy: { optional: true } } }
  expect(manifest('@faust/kafka', optional)).toEqual([])
})

test('core is a peer in the one range that survives a minor, and a development dependency', () => {
  const twice = { ...DEVELOPS_CORE, dependencies: { '@faust/core': 'workspace:^' } }
  expect(manifest('@faust/store-level', twice)).toEqual(['brings a core of its own'])
  expect(manifest('@faust/store-level', { peerDependencies: CORE })).toHaveLength(1)
  expect(manifest('@faust/store-level', { ...DEVELOPS_CORE, peerDependencies: { '@faust/core': '^0.1.0' } })).toEqual([
    'asks for core as "^0.1.0"',
  ])
})

test('an adapter depends on no other adapter, and only transports on kafka', () => {
  const on = (name: string): object => ({ dependencies: { [name]: 'workspace:^' } })
  expect(manifest('@faust/store-level', on('@faust/store-redis'))).toEqual(['depends on @faust/store-redis'])
  expect(manifest('@faust/store-level', on('@faust/kafka'))).toEqual(['depends on @faust/kafka'])
  expect(manifest('@faust/core', { peerDependencies: { '@faust/store-level': '*' } })).toContain(
    'depends on @faust/store-level',
  )
})

test('every field that a published package needs is asked for', () => {
  expect(
    problems({ 'packages/a/package.json': '{ "name": "@faust/store-a", "private": true, "exports": {} }' }),
  ).toHaveLength(9)
  const exported = { exports: { '.': { types: './a.d.ts', '@faust/source': './a.ts', default: './a.js' } } }
  expect(manifest('@faust/web', exported)).toHaveLength(1)
})

test('a package is built before it is packed, in the way in which it is built', () => {
  const unbuilt = ['can be packed without being built']
  expect(manifest('@faust/core', { scripts: { build: 'tsc -b' } })).toEqual(unbuilt)
  expect(manifest('@faust/core', { scripts: { build: 'tsc -b', prepack: 'tsc' } })).toEqual(unbuilt)
  expect(manifest('@faust/core', { scripts: {} })).toEqual(unbuilt)
})

test('imports between packages go through their names and exports', () => {
  const files = {
    'packages/core/package.json': sound('@faust/core'),
    'packages/store-level/package.json': sound('@faust/store-level', DEVELOPS_CORE),
  }
  const importing = (file: string, specifier: string): string[] =>
    problems({ ...files, [file]: `export * from '${specifier}'\n` })

  expect(importing('packages/store-level/src/index.ts', '@faust/core')).toEqual([])
  expect(importing('examples/flights/src/main.ts', '@faust/store-level')).toEqual([])
  expect(importing('packages/store-level/src/index.ts', '../../core/src/index.ts')).toHaveLength(1)
  expect(importing('examples/flights/src/main.ts', '@faust/core/src/index.ts')).toHaveLength(1)
  expect(importing('packages/store-level/src/index.ts', '@faust/store-redis')).toEqual([
    'packages/store-level/src/index.ts @faust/store-level imports @faust/store-redis',
  ])
  expect(importing('packages/core/src/index.ts', '@faust/testing')).toHaveLength(1)
})
