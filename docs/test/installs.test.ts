// The road of a user: core and one adapter, as they are published, in an empty folder of their own. Nothing of another
// adapter comes along, and a short app runs.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AdapterPackage, adapterPackages } from './adapters.ts'
import {
  compile,
  emptyDirectory,
  installed,
  packReleased,
  pnpm,
  readManifest,
  root,
  runUntil,
  writeManifest,
} from './packed.ts'

const folders = adapterPackages.map(({ folder }) => folder)
/** One workspace, so that all are installed in one go; what each project sees is its own. */
const workspace = emptyDirectory()
afterAll(() => rmSync(workspace, { recursive: true, force: true }))

interface Program {
  /** How the app gets the adapter. */
  readonly uses: string
  readonly import: string
  /** A line that imports what its user brings. */
  readonly brings?: string
  /** How it ends without the server that it needs; at PORT something else answers. */
  readonly fails?: string
}

const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
afterAll(() => stranger.close())

const PROGRAMS: Readonly<Record<string, Program>> = {
  'transport-kafkajs': {
    import: 'kafkajsTransport',
    uses: "transport: kafkajsTransport({ brokers: ['127.0.0.1:PORT'] })",
    fails: 'FAUST_BROKER_UNSUPPORTED',
  },
  'store-level': { import: 'levelStore', uses: "store: levelStore({ directory: './state' })" },
  'store-rocksdb': { import: 'rocksdbStore', uses: "store: rocksdbStore({ directory: './state' })" },
  'store-redis': {
    import: 'redisStore',
    uses: "store: redisStore({ url: 'redis://127.0.0.1:1', timeout: 100 })",
    fails: 'FAUST_STORE_UNAVAILABLE',
  },
  'serializer-avro': { import: 'avro', uses: "avro<string>('string')" },
  'serializer-msgpack': { import: 'msgpack', uses: 'msgpack<string>()' },
  'serializer-yaml': { import: 'yaml', uses: 'yaml<string>()' },
  'sensor-datadog': { import: 'datadogSensor', uses: 'sensors: [datadogSensor()]' },
  'sensor-opentelemetry': { import: 'opentelemetrySensor', uses: 'sensors: [opentelemetrySensor()]' },
  'sensor-prometheus': {
    import: 'prometheusSensor',
    brings: "import * as client from 'prom-client'",
    uses: 'sensors: [prometheusSensor({ client })]',
  },
  'sensor-statsd': { import: 'statsdSensor', uses: 'sensors: [statsdSensor()]' },
}

/** Ten lines: a topic, a table, an agent that counts, and a first record. */
function programOf({ role, folder }: AdapterPackage, port: number): string {
  const { import: factory, brings = '', uses } = PROGRAMS[folder]!
  const format = role === 'serializer' ? uses : 'json<string>()'
  const options = role === 'serializer' ? 'transport' : role === 'transport' ? uses : `transport, ${uses}`
  return `import { createApp, embeddedTransport, json } from '@faust/core'
import { ${factory} } from '@faust/${folder}'
${brings}

const transport = embeddedTransport({ directory: './log' })
const app = createApp({ id: 'visitors', ${options.replace('PORT', String(port))} })
const visits = app.topic('visits', { value: ${format} })
const counts = app.table('counts', { value: json<number>(), default: () => 0 })
app.agent('count', visits, { tables: [counts] }, async (stream) => {
  for await (const name of stream) console.log(name, await counts.update(name, (count) => count + 1))
})
app.task('visit', () => visits.send({ key: 'ann', value: 'ann' }))
await app.main()
export { json, transport }
`
}

beforeAll(async () => {
  const missing = folders.filter((folder) => !Object.hasOwn(PROGRAMS, folder))
  if (missing.length > 0) throw new Error(`Give ${missing.join(' and ')} a program in PROGRAMS of this file`)
  await once(stranger.listen(0, '127.0.0.1'), 'listening')
  const { port } = stranger.address() as AddressInfo
  const names = ['core', 'kafka', ...folders]
  const tarballs = await packReleased(names, join(workspace, mkdir('tarballs')))
  const file = (name: string): string => `file:${tarballs[name]!}`
  const overrides = { '@faust/core': file('core'), '@faust/kafka': file('kafka') }
  writeManifest(workspace, { name: 'workspace', private: true, pnpm: { overrides } })
  // A lockfile each also means a virtual store each.
  writeFileSync(join(workspace, 'pnpm-workspace.yaml'), 'packages: [projects/*]\nsharedWorkspaceLockfile: false\n')
  for (const adapter of adapterPackages) {
    const { folder } = adapter
    const project = join(workspace, mkdir(`projects/${folder}`))
    const dependencies = { ...peersOf(folder), '@faust/core': file('core'), [`@faust/${folder}`]: file(folder) }
    writeManifest(project, { name: folder, private: true, type: 'module', dependencies })
    writeFileSync(join(project, 'app.ts'), programOf(adapter, port))
  }
  await pnpm(workspace, 'install', '--prefer-offline')
  // The types of some clients want Node's, which this program does without.
  const programs = folders.map((folder) => `projects/${folder}/app.ts`)
  await compile(workspace, programs, { skipLibCheck: true })
}, 240_000)

function mkdir(path: string): string {
  mkdirSync(join(workspace, path), { recursive: true })
  return path
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function manifestOf(folder: string): Manifest {
  return readManifest(join(root, 'packages', folder))
}

/** What an adapter brings by itself. */
function dependenciesOf(folder: string): string[] {
  return Object.keys(manifestOf(folder).dependencies ?? {})
}

/** What it asks its user for beside core, in the version that it is tested with. */
function peersOf(folder: string): Record<string, string> {
  const { peerDependencies = {}, peerDependenciesMeta = {}, devDependencies = {} } = manifestOf(folder)
  const names = Object.keys(peerDependencies).filter(
    (name) => name !== '@faust/core' && peerDependenciesMeta[name]?.optional !== true,
  )
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]!]))
}

test.each(adapterPackages)(
  '$folder brings nothing of another adapter into an empty project, where an app runs on it',
  async ({ folder }) => {
    const project = join(workspace, 'projects', folder)
    expect(installed(project)).toEqual(['@faust/core', `@faust/${folder}`, ...Object.keys(peersOf(folder))])
    const everything = installed(project, 'node_modules/.pnpm/node_modules')
    const own = new Set([`@faust/${folder}`, ...dependenciesOf(folder), ...Object.keys(peersOf(folder))])
    const foreign = folders.flatMap((other) => [`@faust/${other}`, ...dependenciesOf(other)])
    expect(everything.filter((name) => foreign.includes(name) && !own.has(name))).toEqual([])
    expect(everything).toEqual(expect.arrayContaining(dependenciesOf(folder)))

    const { fails } = PROGRAMS[folder]!
    const { code, output, errors } = await runUntil(project, 'app.js', 'ann 1\n')
    expect({ code, output, errors }).toMatchObject(
      fails === undefined
        ? { code: 0, output: 'ann 1\n' }
        : { code: 1, errors: expect.stringContaining(fails) as string },
    )
  },
  120_000,
)
