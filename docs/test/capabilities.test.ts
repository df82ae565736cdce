// docs/capabilities.md is made here, from what adapters say about themselves. When it is stale, this test fails;
// `vitest run --project unit docs/test/capabilities.test.ts -u` writes it anew.
import { base64, bytes, compose, embeddedStore, embeddedTransport, json, text } from '@faust/core'
import { expect, test } from 'vitest'
import { adapterOf, adapterPackages, fileOf, type Manifest, membersOf, type Role } from './adapters.ts'

interface Column {
  readonly title: string
  readonly adapter: Manifest
}

const HEAD = `# Capabilities

What each adapter says that it can do. Core asks before it relies on something, and the conformance kits of
[\`@faust/testing\`](../packages/testing/README.md) hold every adapter to it: what is claimed is tested, and what is not throws
\`FAUST_NOT_SUPPORTED\`. This page is made from the manifests; do not edit it.
`

const EMBEDDED: Readonly<Record<Role, readonly Column[]>> = {
  transport: [
    { title: 'embedded', adapter: embeddedTransport() },
    { title: 'embedded, with `directory`', adapter: embeddedTransport({ directory: 'unused' }) },
  ],
  store: [{ title: 'embedded', adapter: embeddedStore() }],
  serializer: [
    { title: '`json`', adapter: json() },
    { title: '`text`', adapter: text() },
    { title: '`bytes`', adapter: bytes() },
    { title: '`base64`', adapter: base64() },
    { title: '`compose`', adapter: compose(json(), base64()) },
  ],
  sensor: [],
}

async function columns(role: Role): Promise<readonly Column[]> {
  const own = adapterPackages.filter((adapter) => adapter.role === role)
  const ours = own.map(async (adapter) => ({
    title: `[${adapter.engine}](../packages/${adapter.folder}/README.md)`,
    adapter: await adapterOf(adapter),
  }))
  return [...EMBEDDED[role], ...(await Promise.all(ours))]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), `|${head.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** What is promised when a role's capability is claimed, in the words of the contract. */
function capabilities(role: Exclude<Role, 'sensor'>): ReturnType<typeof membersOf> {
  const found = membersOf(fileOf('core', `src/${role}/${role}.ts`), `${role[0]!.toUpperCase()}${role.slice(1)}Supports`)
  expect(found).not.toEqual([])
  return found
}

async function manifests(role: Exclude<Role, 'sensor'>): Promise<string> {
  const all = await columns(role)
  return table(
    ['`supports`', '', ...all.map(({ title }) => title)],
    capabilities(role).map(({ name, doc }) => [
      `\`${name}\``,
      doc,
      ...all.map(({ adapter }) => ((adapter.supports as Record<string, unknown>)[name] === true ? 'yes' : 'no')),
    ]),
  )
}

/** Sensors have no manifest: what tells them apart is which hooks they have. */
async function hooks(): Promise<string> {
  const all = await columns('sensor')
  const names = membersOf(fileOf('core', 'src/sensor/sensor.ts'), 'Sensor').map(({ name }) => name)
  expect(names).toContain('onReceived')
  return table(
    ['hook', ...all.map(({ title }) => title)],
    names.map((name) => [`\`${name}\``, ...all.map(({ adapter }) => (name in adapter ? 'yes' : 'no'))]),
  )
}

test('docs/capabilities.md says what the adapters say', async () => {
  const page = [
    HEAD,
    `## Transports\n\n${await manifests('transport')}\n`,
    `## Stores\n\n${await manifests('store')}\n`,
    `## Serializers\n\n${await manifests('serializer')}\n\n\`compose\` can what all of its parts can, except \`prefixes\`.\n`,
    `## Sensors\n\nSensors have no manifest. These hooks they have:\n\n${await hooks()}\n`,
  ].join('\n')
  await expect(page).toMatchFileSnapshot('../capabilities.md')
})
