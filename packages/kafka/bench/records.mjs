// What the record batch codec costs, as a ratio to JSON.parse of the same values in the same run.
// `pnpm --filter @faust/kafka bench [records] [runs]`
import { BatchBuilder, RecordsReader, createCodecs } from '@faust/kafka'

const count = Number(process.argv[2] ?? 500_000)
const runs = Number(process.argv[3] ?? 7)
/** What a producer puts into one batch by default, and what comes back of it in a fetch. */
const BATCH = 400
const encoder = new TextEncoder()
const decoder = new TextDecoder()
const codecs = createCodecs()

const records = Array.from({ length: BATCH }, (_, i) => ({
  key: encoder.encode(`account-${(i * 7919) % 1000}`),
  value: encoder.encode(
    JSON.stringify({ accountId: `account-${i}`, productId: `p-${i * 31}`, amount: i, price: i * 1.5, currency: 'EUR' }),
  ),
}))
const headed = records.map((record, i) => ({
  ...record,
  headers: [
    ['trace', encoder.encode(`trace-${i}`)],
    ['source', encoder.encode('bench')],
  ],
}))
const unstamped = { producerId: -1n, producerEpoch: -1, baseSequence: -1, transactional: false }

function encode(list, compression = 'none') {
  const builder = new BatchBuilder(64 * 1024)
  for (let i = 0; i < list.length; i++) builder.add(list[i], 1_700_000_000_000 + i)
  return builder.seal({ ...unstamped, compression, codecs })
}

function read(bytes, checkCrc = true) {
  const reader = new RecordsReader({ topic: 't', partition: 0, bytes, position: 0, aborted: null, codecs, checkCrc })
  return reader.read()
}

const plain = encode(records)
const withHeaders = encode(headed)
const gzipped = encode(records, 'gzip')
let sink = 0

const work = {
  'JSON.parse (baseline)': () => {
    for (const { value } of records) sink += JSON.parse(decoder.decode(value)).amount
  },
  'encode, with CRC-32C': () => (sink += encode(records).length),
  'encode, with two headers': () => (sink += encode(headed).length),
  'decode to views': () => (sink += read(plain, false).length),
  'decode to views, with CRC-32C': () => (sink += read(plain).length),
  'decode with two headers': () => (sink += read(withHeaders).length),
  'decode gzip': () => (sink += read(gzipped).length),
}

function once(task, repeats) {
  const begun = performance.now()
  for (let i = 0; i < repeats; i++) task()
  return ((performance.now() - begun) * 1000) / (repeats * BATCH)
}

console.log(
  `Node ${process.version}, ${(plain.length / BATCH) | 0} bytes a record, batches of ${BATCH}, medians of ${runs} runs`,
)
const repeats = Math.ceil(count / BATCH)
const names = Object.keys(work)
const times = Object.fromEntries(names.map((name) => [name, []]))
for (const name of names) once(work[name], Math.ceil(repeats / 4))
// In turns, so that whatever else the machine does hits all of them.
for (let run = 0; run < runs; run++) for (const name of names) times[name].push(once(work[name], repeats))
const medians = names.map((name) => times[name].sort((a, b) => a - b)[runs >> 1])
for (const [index, name] of names.entries()) {
  const ratio = medians[index] / medians[0]
  console.log(`${name.padEnd(32)} ${medians[index].toFixed(3).padStart(7)} µs a record ${ratio.toFixed(3).padStart(8)}`)
}
if (sink === 0) console.log('nothing was done')
