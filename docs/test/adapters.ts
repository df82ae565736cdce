import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as promClient from 'prom-client'

/** The roles that adapters fill, in the order of the documentation. */
export const ROLES = ['transport', 'store', 'serializer', 'sensor'] as const
export type Role = (typeof ROLES)[number]

/** A package of this repository that fills a role. */
export interface AdapterPackage {
  readonly role: Role
  /** `store-level`: its folder, and its name without the scope. */
  readonly folder: string
  /** `level` */
  readonly engine: string
}

/** What an adapter says about itself. */
export interface Manifest {
  readonly contract: number
  /** Sensors have none. */
  readonly supports?: object
}

const packages = fileURLToPath(new URL('../../packages/', import.meta.url))

/** All of them. */
export const adapterPackages: readonly AdapterPackage[] = ROLES.flatMap((role) =>
  readdirSync(packages)
    .filter((folder) => folder.startsWith(`${role}-`))
    .toSorted()
    .map((folder) => ({ role, folder, engine: folder.slice(role.length + 1) })),
)

/** Arguments without which a factory makes nothing. They reach nobody: adapters do no work before their start. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  'transport-kafkajs': [{ brokers: ['localhost:9092'] }],
  'transport-platformatic': [{ brokers: ['localhost:9092'] }],
  'store-level': [{ directory: 'unused' }],
  'store-rocksdb': [{ directory: 'unused' }],
  'serializer-avro': ['string'],
  'sensor-prometheus': [{ client: promClient }],
}

/** An adapter of a package, made by the factory that its name promises: `levelStore`, `kafkajsTransport`, `msgpack`. */
export async function adapterOf({ role, folder, engine }: AdapterPackage): Promise<Manifest> {
  const name = `@faust/${folder}`
  const factories = (await import(/* @vite-ignore */ name)) as Readonly<Record<string, unknown>>
  const factory = factories[role === 'serializer' ? engine : `${engine}${role[0]!.toUpperCase()}${role.slice(1)}`]
  if (typeof factory !== 'function') throw new Error(`${name} exports no factory named after it`)
  return (factory as (...args: readonly unknown[]) => Manifest)(...(ARGUMENTS[folder] ?? []))
}

/** The text of a file of a package. */
export function fileOf(folder: string, path: string): string {
  return readFileSync(`${packages}${folder}/${path}`, 'utf8')
}

/** A boolean member of an interface with its doc comment as one line. */
export interface DocumentedMember {
  readonly name: string
  readonly doc: string
}

/** The members of an interface as its source declares them. */
export function membersOf(source: string, name: string): readonly DocumentedMember[] {
  const [, body = ''] = new RegExp(`interface ${name}\\b[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(source) ?? []
  return [...body.matchAll(/^ {2}(?:\/\*\*((?:(?!\*\/).)*)\*\/\n {2})?(?:readonly )?(\w+)\??[:(]/gms)].map(
    ([, doc = '', member = '']) => ({
      name: member,
      doc: doc
        .split('\n')
        .map((line) => line.replace(/^\s*\*?\s*/, '').trim())
        .join(' ')
        .trim(),
    }),
  )
}
