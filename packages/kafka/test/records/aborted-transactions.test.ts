import { expect, test } from 'vitest'
import { encodeMarker, type AbortedTransaction } from '../../src/index.ts'
import { batch, readAll, record, shown } from '../support/batches.ts'
import { concat } from '../support/bytes.ts'

/** A log of one record a batch, offset after offset. */
class Log {
  readonly #parts: Uint8Array[] = []
  #sequence = 0

  data(producerId: bigint, value: string, transactional = true): this {
    const baseOffset = this.#parts.length
    const baseSequence = this.#sequence++
    return this.#add(
      batch([record('k', value)], { producerId, producerEpoch: 0, baseSequence, transactional, baseOffset }),
    )
  }

  plain(value: string): this {
    return this.#add(batch([record('k', value)], { baseOffset: this.#parts.length }))
  }

  marker(producerId: bigint, type: 'commit' | 'abort'): this {
    const baseOffset = this.#parts.length
    return this.#add(encodeMarker({ type, producerId, producerEpoch: 0, timestamp: 1, baseOffset, leaderEpoch: 0 }))
  }

  #add(part: Uint8Array): this {
    this.#parts.push(part)
    return this
  }

  read(aborted: readonly AbortedTransaction[] | null, from = 0, to = this.#parts.length): string[] {
    return shown(readAll(concat(...this.#parts.slice(from, to)), { aborted, position: from }).records)
  }
}

test('what was aborted is left out, what was committed or never in a transaction is not', () => {
  const log = new Log().data(1n, 'a').plain('b').data(1n, 'c').marker(1n, 'abort').data(1n, 'd').marker(1n, 'commit')
  expect(log.read([{ producerId: 1n, firstOffset: 0 }])).toEqual(['1:k=b', '4:k=d'])
  expect(log.read(null)).toEqual(['0:k=a', '1:k=b', '2:k=c', '4:k=d'])
})

test('transactions of two producers nest, and the list comes in the order of the markers', () => {
  const log = new Log()
    .data(1n, 'a')
    .data(2n, 'b')
    .marker(2n, 'abort')
    .data(1n, 'c')
    .data(2n, 'd')
    .marker(1n, 'abort')
    .marker(2n, 'commit')
  const inMarkerOrder = [
    { producerId: 2n, firstOffset: 1 },
    { producerId: 1n, firstOffset: 0 },
  ]
  expect(log.read(inMarkerOrder)).toEqual(['4:k=d'])
})

test('a producer that aborts, commits and aborts again', () => {
  const log = new Log()
    .data(1n, 'a')
    .marker(1n, 'abort')
    .data(1n, 'b')
    .marker(1n, 'commit')
    .data(1n, 'c')
    .marker(1n, 'abort')
    .data(1n, 'd')
    .marker(1n, 'commit')
  const aborted = [
    { producerId: 1n, firstOffset: 0 },
    { producerId: 1n, firstOffset: 4 },
  ]
  expect(log.read(aborted)).toEqual(['2:k=b', '6:k=d'])
})

test('a transaction that spans answers is in the list of each, its marker in the last', () => {
  const log = new Log().data(1n, 'a').data(1n, 'b').plain('c').data(1n, 'd').marker(1n, 'abort').data(1n, 'e')
  const aborted = [{ producerId: 1n, firstOffset: 0 }]
  expect(log.read(aborted, 0, 2)).toEqual([])
  expect(log.read(aborted, 1, 3)).toEqual(['2:k=c'])
  expect(log.read(aborted, 3)).toEqual(['5:k=e'])
})

test('a transaction of the list that begins behind what was sent concerns nothing yet', () => {
  const log = new Log().data(1n, 'a').marker(1n, 'commit').data(1n, 'b').marker(1n, 'abort')
  expect(log.read([{ producerId: 1n, firstOffset: 2 }], 0, 2)).toEqual(['0:k=a'])
})

test('an aborted transaction that begins in the middle of the position asked for', () => {
  const log = new Log().data(1n, 'a').data(1n, 'b').marker(1n, 'abort')
  const source = log.read([{ producerId: 1n, firstOffset: 0 }], 1)
  expect(source).toEqual([])
})

test('data whose key looks like a marker ends nothing', () => {
  const key = new Uint8Array(4)
  const lookalike = batch([{ key, value: null, timestamp: 1 }], {
    producerId: 1n,
    producerEpoch: 0,
    baseSequence: 0,
    transactional: true,
  })
  const rest = batch([record('k', 'b')], {
    producerId: 1n,
    producerEpoch: 0,
    baseSequence: 1,
    transactional: true,
    baseOffset: 1,
  })
  const read = readAll(concat(lookalike, rest), { aborted: [{ producerId: 1n, firstOffset: 0 }] })
  expect(read).toMatchObject({ records: [], position: 2 })
})

test('a commit marker ends no abort, and records outside of transactions are not touched by it', () => {
  const log = new Log().data(1n, 'a').data(1n, 'b', false).marker(1n, 'commit').data(1n, 'c')
  expect(log.read([{ producerId: 1n, firstOffset: 0 }])).toEqual(['1:k=b'])
})

test('producer ids that differ in their lowest bit beyond 2^53 are two producers', () => {
  const first = 2n ** 60n
  const log = new Log()
    .data(first, 'a')
    .data(first + 1n, 'b')
    .marker(first, 'abort')
    .marker(first + 1n, 'commit')
  expect(log.read([{ producerId: first, firstOffset: 0 }])).toEqual(['1:k=b'])
})
