import { gzipSync } from 'node:zlib'
import { isFaustError, type FaustError } from '@faust/core'
import * as lz4 from 'lz4-napi'
import * as snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { createCodecs, readBatchHeader, type Codec } from '../../src/index.ts'
import { loadPackage } from '../../src/records/compression/optional-packages.ts'
import { writeInt32 } from '../../src/wire/integers.ts'
import { batch, codecs, readAll, record, resealed, shown } from '../support/batches.ts'
import { bytes, concat, hex, unhex } from '../support/bytes.ts'
import { compressions, hasZstd } from '../support/compressions.ts'

const packing = compressions.filter((name) => name !== 'none')

/** Larger than any codec's block, and not too easy to pack. */
const large = Uint8Array.from({ length: 300_000 }, (_, i) => (Math.imul(i, 2_654_435_761) >>> (i & 15)) & 0x3f)

function failure(work: () => unknown): FaustError {
  try {
    work()
  } catch (error) {
    if (isFaustError(error)) return error
    throw error
  }
  throw new Error('It did not fail')
}

describe.each(packing)('%s', (name) => {
  const codec = codecs.byName(name)

  test.each([0, 1, 100, 32_768, 65_537, 300_000])('%i bytes come back', (length) => {
    const given = large.subarray(0, length)
    const packed = codec.compress(given)
    const most = Math.max(length, 1)
    expect(hex(codec.decompress(packed, most))).toBe(hex(given))
    // A Buffer's `slice` would not copy.
    expect(Object.getPrototypeOf(packed)).toBe(Uint8Array.prototype)
    expect(Object.getPrototypeOf(codec.decompress(packed, most))).toBe(Uint8Array.prototype)
  })

  test('a batch of it says so', () => {
    const packed = batch([record('a', 'v'.repeat(5000))], { compression: name })
    expect(readBatchHeader(packed).codec).toBe(['none', 'gzip', 'snappy', 'lz4', 'zstd'].indexOf(name))
    expect(packed.length).toBeLessThan(1000)
    expect(readAll(packed).records[0]!.value).toHaveLength(5000)
  })

  test('more than is allowed is refused, and costs one record with an error', () => {
    expect(() => codec.decompress(codec.compress(large), 299_999)).toThrow(RangeError)
    const bomb = batch([record('a', '0'.repeat(2_000_000))], { compression: name })
    const small = createCodecs({ maxDecompressedSize: 1_000_000 })
    const { records, position } = readAll(bomb, { codecs: small })
    expect(shown(records)).toEqual(['0:FAUST_DECODE'])
    expect(position).toBe(1)
  })

  test('what was cut short or damaged costs one record with an error', () => {
    const packed = batch([record('a', '0'.repeat(5000)), record('b', '1')], { compression: name })
    const cut = packed.slice(0, packed.length - 5)
    writeInt32(cut, 8, cut.length - 12)
    expect(shown(readAll(resealed(cut)).records)).toEqual(['0:FAUST_DECODE'])
    const damaged = packed.slice()
    damaged.fill(0xa5, 61, 75)
    expect(shown(readAll(resealed(damaged)).records)).toEqual(['0:FAUST_DECODE'])
  })
})

test('a codec that this Node or this installation lacks says what to do', () => {
  const nothing = createCodecs()
  if (!hasZstd) {
    const error = failure(() => nothing.byName('zstd'))
    expect(error).toMatchObject({ code: 'FAUST_NOT_SUPPORTED', retriable: false, details: { codec: 'zstd' } })
    expect(error.message).toContain('Node has from 22.15 on')
    const packed = batch([record('a', '1')], { compression: 'gzip' })
    packed[22] = 4
    // Not a matter of one batch: skipping by policy would skip everything.
    expect(failure(() => readAll(resealed(packed)))).toMatchObject({
      code: 'FAUST_NOT_SUPPORTED',
      details: { codec: 'zstd', topic: 'orders', partition: 3, offset: 0 },
    })
  }
  const packed = batch([record('a', '1')])
  packed[22] = 6
  expect(failure(() => readAll(resealed(packed)))).toMatchObject({ code: 'FAUST_NOT_SUPPORTED', details: { codec: 6 } })
})

test('a package that is missing is named, with the two ways out', () => {
  const error = failure(() => loadPackage('snappy', 'no-such-package'))
  expect(error).toMatchObject({
    code: 'FAUST_NOT_SUPPORTED',
    retriable: false,
    details: { codec: 'snappy', package: 'no-such-package' },
  })
  expect(error.message).toContain('npm install no-such-package')
  expect(error.message).toContain('codecs: { snappy }')
})

test.each([0, -1, 1.5, Number.NaN])('a bound of %d bytes is refused', (maxDecompressedSize) => {
  expect(failure(() => createCodecs({ maxDecompressedSize }))).toMatchObject({ code: 'FAUST_SETTING_INVALID' })
})

test('codecs that are handed over win', () => {
  const calls: string[] = []
  const zstd: Codec = {
    compress: (given) => (calls.push('zstd'), given),
    decompress: (given) => (calls.push('unzstd'), given),
  }
  const own = createCodecs({
    zstd,
    snappy: { ...snappy, compressSync: (given) => (calls.push('snappy'), snappy.compressSync(given)) },
    lz4: { ...lz4, decompressFrameSync: (given) => (calls.push('unlz4'), lz4.decompressFrameSync(given as Buffer)) },
  })
  for (const compression of ['zstd', 'snappy', 'lz4'] as const) {
    expect(readAll(batch([record('a', '1')], { compression, codecs: own }), { codecs: own }).records).toHaveLength(1)
  }
  expect(calls).toEqual(['zstd', 'unzstd', 'snappy', 'unlz4'])
})

test('gzip in several members', () => {
  const packed = concat(new Uint8Array(gzipSync('one ')), new Uint8Array(gzipSync('two')))
  expect(hex(codecs.byName('gzip').decompress(packed, 7))).toBe(hex(bytes('one two')))
})

describe('snappy', () => {
  const codec = codecs.byName('snappy')
  const frame = unhex('82534e41505059000000000100000001')
  const chunk = (text: string): Uint8Array => {
    const block = new Uint8Array(snappy.compressSync(text))
    const size = new Uint8Array(4)
    writeInt32(size, 0, block.length)
    return concat(size, block)
  }

  test('writes the framing of Java, in chunks', () => {
    const packed = codec.compress(large)
    expect(hex(packed.subarray(0, 16))).toBe(hex(frame))
    expect(packed.length).toBeGreaterThan(1000)
  })

  test('reads one raw block, as librdkafka writes it', () => {
    expect(hex(codec.decompress(new Uint8Array(snappy.compressSync('raw')), 3))).toBe(hex(bytes('raw')))
  })

  test('reads frames in a row', () => {
    const packed = concat(frame, chunk('one '), chunk('two '), frame, chunk('three'))
    expect(hex(codec.decompress(packed, 13))).toBe(hex(bytes('one two three')))
    expect(() => codec.decompress(packed, 12)).toThrow('more than the 12 allowed')
  })

  test('a block that promises more than it can hold is refused before any memory is taken', () => {
    expect(() => codec.decompress(unhex('ffffff3f00000000'), 2 ** 30)).toThrow('this is no snappy block')
    expect(() => codec.decompress(new Uint8Array(0), 10)).toThrow('this is no snappy block')
  })
})

describe('lz4', () => {
  const codec = codecs.byName('lz4')

  test('writes independent blocks only', () => {
    const packed = codec.compress(large)
    expect(packed[4]! & 0x20).toBe(0x20)
    const linked = createCodecs({
      lz4: {
        ...lz4,
        compressFrameSync: (given) => {
          const frame = new Uint8Array(lz4.compressFrameSync(given as Buffer))
          frame[4]! &= ~0x20
          return frame
        },
      },
    })
    expect(failure(() => linked.byName('lz4').compress(large))).toMatchObject({ code: 'FAUST_NOT_SUPPORTED' })
  })

  test('what follows a frame is not looked at', () => {
    const packed = concat(codec.compress(large), unhex('deadbeef'))
    expect(codec.decompress(packed, large.length)).toHaveLength(large.length)
  })

  test.each([
    ['another magic number', 0, 0x05],
    ['another version', 4, 0x20],
    ['a dictionary', 4, 0x61],
    ['a block size that does not exist', 5, 0x30],
    ['a block larger than allowed', 9, 0x7f],
  ])('%s is refused', (_, at, byte) => {
    const packed = codec.compress(large)
    packed[at] = byte
    expect(() => codec.decompress(packed, 2 ** 30)).toThrow(RangeError)
  })

  test('frames with checksums and content are read', () => {
    const packed = new Uint8Array(
      lz4.compressFrameSync(Buffer.from(large), { contentChecksum: true, blockChecksums: true }),
    )
    expect(hex(codec.decompress(packed, large.length))).toBe(hex(large))
  })
})
