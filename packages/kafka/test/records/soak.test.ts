import { isFaustError, type Header } from '@faust/core'
import { seededRandom, type SeededRandom } from '@faust/testing'
import { expect, test } from 'vitest'
import { createCodecs, type CompressionName } from '../../src/index.ts'
import { writeInt32 } from '../../src/wire/integers.ts'
import { batch, readAll, reader, resealed, type Stamped } from '../support/batches.ts'
import { compressions } from '../support/compressions.ts'

/**
 * `pnpm test:codec` runs ten million; a plain test run a sample of other batches each day it is run. A failure names the
 * seed of its batch: `CODEC_RUNS=1 CODEC_SEED=…` repeats it alone.
 */
const RUNS = Number(process.env['CODEC_RUNS'] ?? 4000)
const FIRST = Number(process.env['CODEC_SEED'] ?? Date.now() % 2 ** 31)
/** Batches between two turns of the event loop, which the runner needs to stay in touch. */
const TURN = 500

const codecs = createCodecs({ maxDecompressedSize: 1024 * 1024 })
const NAMES = ['trace', 'source', '', 'ü€😀', 'a']

function someBytes(random: SeededRandom): Uint8Array | null {
  const kind = random.int(16)
  if (kind === 0) return null
  return random.bytes(kind === 1 ? 100 + random.int(300) : random.int(24))
}

function someRecords(random: SeededRandom): Stamped[] {
  const far = random.int(8) === 0
  return Array.from({ length: 1 + random.int(8) }, () => {
    const headers: Header[] | undefined =
      random.int(4) === 0
        ? Array.from({ length: random.int(4) }, () => [random.pick(NAMES), someBytes(random)] as const)
        : undefined
    const timestamp = far
      ? Math.floor(random.next() * Number.MAX_SAFE_INTEGER) - 1
      : 1_700_000_000_000 + random.int(100_000)
    return { key: someBytes(random), value: someBytes(random), timestamp, ...(headers && { headers }) }
  })
}

/** Packing takes most of the time, and is not what most batches are to try. */
function someCompression(random: SeededRandom): CompressionName {
  return random.int(4) > 0 ? 'none' : random.pick(compressions)
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}

/** What is written is read. Compared by hand: `expect` for each record would take most of an hour. */
function roundTrip(random: SeededRandom): void {
  const records = someRecords(random)
  const compression = someCompression(random)
  const baseOffset = random.pick([0, 2 ** 31 - 3, random.int(2 ** 40)])
  const { records: read, position } = readAll(batch(records, { compression, baseOffset }), { position: baseOffset })
  const right =
    read.length === records.length &&
    position === baseOffset + records.length &&
    records.every(({ key, value, timestamp, headers = [] }, i) => {
      const one = read[i]!
      return (
        one.offset === baseOffset + i &&
        one.timestamp === timestamp &&
        same(one.key, key) &&
        same(one.value, value) &&
        one.headers.length === headers.length &&
        headers.every(([name, bytes], at) => one.headers[at]![0] === name && same(one.headers[at]![1], bytes))
      )
    })
  if (!right) expect(read).toEqual(records.map((one, i) => ({ ...one, offset: baseOffset + i })))
}

/** Mutated bytes give records in order or an error of ours, with a right checksum or without one. */
function mutation(random: SeededRandom): void {
  const bytes = batch(someRecords(random), { compression: someCompression(random), producerId: 5n })
  const changed = random.int(6) === 0 ? bytes.slice(0, random.int(bytes.length)) : bytes.slice()
  for (let n = 1 + random.int(4); n > 0 && changed.length > 21; n--) {
    changed[21 + random.int(changed.length - 21)] = random.pick([0, 0x7f, 0x80, 0xff, random.int(256)])
  }
  if (changed.length > 61) {
    writeInt32(changed, 8, changed.length - 12)
    if (random.int(4) > 0) resealed(changed)
  }
  const source = reader(changed, { checkCrc: true, codecs, aborted: [{ producerId: 5n, firstOffset: 0 }] })
  let position = source.position
  let count = 0
  try {
    for (let some = source.read(); some !== null; some = source.read()) {
      for (const { offset } of some) {
        if (offset < position) throw new Error(`Offset ${offset} comes behind ${position}`)
        position = offset
      }
      count += some.length
      if (count > 1024 * 1024) throw new Error(`${count} records of ${changed.length} bytes`)
    }
  } catch (error) {
    if (!isFaustError(error)) throw error
  }
}

test(`random round trips and mutated bytes, from seed ${FIRST} on`, { timeout: 12 * 60 * 60 * 1000 }, async () => {
  for (let run = 0; run < RUNS; run++) {
    const seed = FIRST + run
    const random = seededRandom(seed)
    const begun = performance.now()
    try {
      if (seed % 2 === 0) roundTrip(random)
      else mutation(random)
    } catch (cause) {
      throw new Error(`The batch of seed ${seed} (${seed % 2 === 0 ? 'round trip' : 'mutation'})`, { cause })
    }
    const took = performance.now() - begun
    // The slowest sound batch takes a millisecond; a busy machine may add seconds, but not a minute.
    if (took > 60_000) throw new Error(`The batch of seed ${seed} took ${took} ms`)
    if (run % TURN === 0) await new Promise(setImmediate)
    if (RUNS > 100_000 && run % (RUNS / 20) === 0) process.stderr.write(`${run} of ${RUNS}\n`)
  }
})
