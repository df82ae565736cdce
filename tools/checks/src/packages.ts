import type { Finding } from './finding.ts'
import { lineAt, type Repository } from './repository.ts'
import { isSource, references } from './source.ts'

type Dependencies = Readonly<Record<string, string>>

/** What the rules read of a package.json. */
interface Manifest {
  readonly name?: string
  readonly private?: boolean
  readonly type?: string
  readonly license?: string
  readonly sideEffects?: boolean
  readonly files?: readonly string[]
  readonly keywords?: readonly string[]
  readonly engines?: { readonly node?: string }
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean }
  readonly scripts?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies?: Dependencies
  readonly optionalDependencies?: Dependencies
  readonly peerDependencies?: Dependencies
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly devDependencies?: Dependencies
}

const CORE = '@faust/core'
const CORE_PEER = 'workspace:>=0.1.0 <1'
const NODE = '^20.19.0 || >=22.12.0'
/** Packages that bring core along instead of asking their user for it. */
const BRINGS_CORE = new Set(['@faust/cli', 'create-faust'])
/** Packages that depend on nothing at run time. */
const BARE = new Set([CORE, '@faust/kafka', '@faust/testing'])
const ADAPTER = /^@faust\/(transport|store|serializer|sensor)-/

/** Which siblings a published package may import: adapters never import one another. */
function mayImport(name: string, other: string): boolean {
  if (other === CORE) return true
  if (ADAPTER.test(other)) return !ADAPTER.test(name) && !BARE.has(name)
  if (ADAPTER.test(name)) return other === '@faust/kafka' && name.startsWith('@faust/transport-')
  return !BARE.has(name)
}

function packageOf(specifier: string): string {
  const [scope = '', name] = specifier.split('/')
  return scope.startsWith('@') && name !== undefined ? `${scope}/${name}` : scope
}

/** Package by package what its manifest has to say; each finding points at the line of the field. */
function checkManifest(file: string, text: string): Finding[] {
  const manifest = JSON.parse(text) as Manifest
  const name = manifest.name ?? ''
  const findings: Finding[] = []
  const demand = (holds: boolean, field: string, problem: string, remedy: string): void => {
    if (holds) return
    const at = text.indexOf(`"${field}"`)
    findings.push({ file, line: at === -1 ? 1 : lineAt(text, at), problem, remedy })
  }

  demand(
    manifest.private !== true,
    'private',
    'is private',
    'Everything in packages/ is published; tools go to tools/.',
  )
  demand(manifest.type === 'module', 'type', 'is not ESM', 'Set "type": "module".')
  demand(manifest.sideEffects === false, 'sideEffects', 'may have side effects', 'Set "sideEffects": false.')
  demand(manifest.license === 'MIT', 'license', 'has another licence', 'Set "license": "MIT".')
  demand(manifest.engines?.node === NODE, 'engines', 'supports other Nodes', `Set "engines": { "node": "${NODE}" }.`)
  demand(
    manifest.publishConfig?.access === 'public' && manifest.publishConfig.provenance === true,
    'publishConfig',
    'would be published without access or provenance',
    'Set "publishConfig": { "access": "public", "provenance": true }.',
  )
  demand(
    ['dist', 'src'].every((entry) => manifest.files?.includes(entry)),
    'files',
    'does not ship dist and src',
    'List both in "files": source maps refer to src.',
  )

  const { build, prepack } = manifest.scripts ?? {}
  demand(
    build !== undefined && prepack === build,
    'scripts',
    'can be packed without being built',
    'Say in the script "prepack" what "build" says: pnpm runs it before it packs or publishes.',
  )

  const role = ADAPTER.exec(name)?.[1]
  const keywords = role === undefined ? ['faust'] : ['faust', 'faust-plugin', `faust-${role}`]
  demand(
    keywords.every((keyword) => manifest.keywords?.includes(keyword)),
    'keywords',
    'is not found by its role',
    `Have the keywords ${keywords.join(', ')}.`,
  )

  for (const [path, target] of Object.entries(manifest.exports ?? { '.': 'missing' })) {
    if (path === './package.json') continue
    const conditions = typeof target === 'string' ? [] : Object.keys(target)
    demand(
      conditions.join() === '@faust/source,types,default',
      'exports',
      `exports "${path}" under the conditions [${conditions.join(', ')}]`,
      'Name @faust/source, then types, then default.',
    )
  }

  if (BARE.has(name)) {
    const runtime = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })
    demand(
      runtime.length === 0,
      'dependencies',
      `has runtime dependencies: ${runtime.join(', ')}`,
      'This package stays free of them: put what needs one into an adapter.',
    )
    const hard = Object.keys(manifest.peerDependencies ?? {}).filter(
      (peer) => peer !== CORE && manifest.peerDependenciesMeta?.[peer]?.optional !== true,
    )
    demand(
      hard.length === 0,
      'peerDependencies',
      `demands peers: ${hard.join(', ')}`,
      'Mark them optional in "peerDependenciesMeta".',
    )
  }

  const wanted = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
  const siblings = Object.keys(wanted).filter((other) => other.startsWith('@faust/'))
  for (const other of siblings.filter((sibling) => !mayImport(name, sibling))) {
    demand(false, other, `depends on ${other}`, 'Adapters know core alone; only Kafka transports share @faust/kafka.')
  }
  if (name !== CORE && !BRINGS_CORE.has(name)) {
    demand(
      manifest.dependencies?.[CORE] === undefined,
      CORE,
      'brings a core of its own',
      `Make ${CORE} a peer and a "workspace:" development dependency.`,
    )
    const peer = manifest.peerDependencies?.[CORE]
    demand(
      peer === undefined || (peer === CORE_PEER && manifest.devDependencies?.[CORE]?.startsWith('workspace:') === true),
      'peerDependencies',
      `asks for core as "${peer}"`,
      `Ask for "${CORE_PEER}" and have it as a "workspace:" development dependency too.`,
    )
  }
  return findings
}

/** The rules of packages: what each manifest says, and that nobody reaches into another package's files. */
export function checkPackages(repository: Repository): Finding[] {
  const manifests = repository.files.filter((file) => /^packages\/[^/]+\/package\.json$/.test(file))
  const findings = manifests.flatMap((file) => checkManifest(file, repository.read(file)))
  const names = new Map(
    manifests.map((file) => [file.replace('/package.json', ''), (JSON.parse(repository.read(file)) as Manifest).name]),
  )

  for (const { file, line, specifier, target } of references(repository, isSource)) {
    const [, home] = /^((?:packages|examples|tools)\/[^/]+|benchmarks)\//.exec(file) ?? []
    if (target !== undefined) {
      if (home === undefined || target.startsWith(`${home}/`)) continue
      findings.push({
        file,
        line,
        problem: `imports ${target}, a file of another package`,
        remedy: 'Import the package by its name.',
      })
      continue
    }
    if (/^@faust\/[^/]+\/(?:src|dist)(?:\/|$)/.test(specifier)) {
      findings.push({ file, line, problem: `imports ${specifier}`, remedy: 'Import what the package exports.' })
    }
    const name = names.get(home ?? '')
    const other = packageOf(specifier)
    if (name === undefined || !other.startsWith('@faust/') || other === name) continue
    if (mayImport(name, other)) continue
    findings.push({
      file,
      line,
      problem: `${name} imports ${other}`,
      remedy: 'Adapters know core alone; only Kafka transports share @faust/kafka. Core and testing know no adapter.',
    })
  }
  return findings
}
