import { avro } from '@faust/serializer-avro'
import { msgpack } from '@faust/serializer-msgpack'
import { yaml } from '@faust/serializer-yaml'
import { type EncodeContext, json, type Serializer } from '@faust/core'
import avsc from 'avsc'
import { Packr } from 'msgpackr'
import { parse, stringify } from 'yaml'
import { markdownTable } from '../markdown-table.ts'
import { median } from '../median.ts'

/**
 * Each format against the library that it stands on: from the same values to bytes, and from the same `Uint8Array` to
 * values. Both run in turns of some milliseconds, and the figure is the median of the turns' ratios, so that what disturbs
 * the machine disturbs both. `pnpm bench:formats [turns]`.
 */
const turns = Number(process.argv[2] ?? 200)
const TURN_MS = 5

interface Order {
  readonly id: string
  readonly account: string
  readonly product: string
  readonly amount: number
  readonly price: number
  readonly paid: boolean
  readonly note: string | null
  readonly tags: readonly string[]
}

const orders: readonly Order[] = Array.from({ length: 64 }, (_, n) => ({
  id: `order-${n * 7919}`,
  account: `account-${n % 13}`,
  product: ['tea', 'coffee', 'Süßholz', 'bread'][n % 4]!,
  amount: n * 31,
  price: n * 1.75,
  paid: n % 2 === 0,
  note: n % 3 === 0 ? null : 'to be left at the door',
  tags: ['new', 'web'].slice(0, n % 3),
}))

const schema: avsc.Schema = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'account', type: 'string' },
    { name: 'product', type: 'string' },
    { name: 'amount', type: 'long' },
    { name: 'price', type: 'double' },
    { name: 'paid', type: 'boolean' },
    { name: 'note', type: ['null', 'string'] },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
}

interface Contest {
  readonly format: string
  readonly ours: Serializer<Order>
  readonly encode: (value: Order) => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
// As it writes the bytes that other implementations write.
const packr = new Packr({ useRecords: false, variableMapSize: true })
const type = avsc.Type.forSchema(schema)

const contests: readonly Contest[] = [
  {
    format: 'json',
    ours: json<Order>(),
    encode: (value) => encoder.encode(JSON.stringify(value)),
    decode: (bytes) => JSON.parse(decoder.decode(bytes)) as unknown,
  },
  {
    format: 'msgpack',
    ours: msgpack<Order>(),
    encode: (value) => packr.pack(value),
    decode: (bytes) => packr.unpack(bytes) as unknown,
  },
  {
    format: 'avro',
    ours: avro<Order>(schema),
    encode: (value) => type.toBuffer(value),
    decode: (bytes) => type.fromBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)) as unknown,
  },
  {
    format: 'yaml',
    ours: yaml<Order>(),
    encode: (value) => encoder.encode(stringify(value)),
    decode: (bytes) => parse(decoder.decode(bytes)) as unknown,
  },
]

const context: EncodeContext = { topic: 'orders', part: 'value', headers: [] }
/** What a run made, so that nobody can leave the work out. */
let made: unknown

/** Microseconds a value, over one turn. */
function timed(items: readonly unknown[], work: (item: never) => unknown): number {
  const start = performance.now()
  let count = 0
  let elapsed = 0
  while ((elapsed = performance.now() - start) < TURN_MS) {
    for (const item of items) made = work(item as never)
    count += items.length
  }
  return (elapsed / count) * 1000
}

/** The medians of both, and of their ratio: how many values ours does while the library does one. */
function compare(items: readonly unknown[], ours: (item: never) => unknown, bare: (item: never) => unknown): number[] {
  for (let warm = 0; warm < 40; warm++) {
    timed(items, ours)
    timed(items, bare)
  }
  const pairs = Array.from({ length: turns }, (_, turn) => {
    if (turn % 2 === 0) return [timed(items, ours), timed(items, bare)] as const
    const first = timed(items, bare)
    return [timed(items, ours), first] as const
  })
  return [
    median(pairs.map(([own]) => own)),
    median(pairs.map(([, theirs]) => theirs)),
    median(pairs.map(([own, theirs]) => theirs / own)),
  ]
}

const rows: string[][] = []
for (const { format, ours, encode, decode } of contests) {
  const bytes = orders.map((order) => Uint8Array.from(encode(order)))
  const results: readonly (readonly [string, number[]])[] = [
    ['encode', compare(orders, (order: Order) => ours.encode(order, context), encode)],
    ['decode', compare(bytes, (one: Uint8Array) => ours.decode(one, context), decode)],
  ]
  for (const [what, [own = 0, theirs = 0, ratio = 0]] of results) {
    rows.push([format, what, own.toFixed(2), theirs.toFixed(2), ratio.toFixed(2)])
  }
}
console.log(markdownTable(['format', '', 'ours, µs', 'library, µs', 'ratio'], rows))
if (made === undefined) process.exitCode = 1
