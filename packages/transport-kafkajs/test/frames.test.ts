import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Frames } from '../src/frames.ts'

function frame(body: Uint8Array): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return Buffer.concat([size, body])
}

/** What is given for bytes that come in pieces of these sizes, again and again, all by way of one buffer. */
function given(bytes: Uint8Array, pieces: readonly number[]): Buffer[] {
  const found: Buffer[] = []
  const frames = new Frames((data) => void found.push(data))
  const room = Buffer.alloc(Math.max(...pieces))
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const piece = bytes.subarray(at, at + pieces[turn % pieces.length]!)
    room.set(piece)
    frames.take(room.subarray(0, piece.length))
    room.fill(0xee)
    at += piece.length
  }
  return found
}

/** The size of a frame that is too large for a first answer only: behind one it is waited for. */
const MEGABYTE = '\x00\x10\x00\x01'

const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })

test('frames are given whole, one by one, however they come', () => {
  const bodies = fc.array(fc.uint8Array({ minLength: 4, maxLength: 100 }), { maxLength: 10 })
  fc.assert(
    fc.property(bodies, pieces, (all, sizes) => {
      const frames = all.map(frame)
      expect(given(Buffer.concat(frames), sizes)).toEqual(frames)
    }),
  )
})

test('what is no frame is given as it comes, and nothing of it is lost', () => {
  const sound = frame(Buffer.from('sound'))
  for (const odd of [
    'HTTP/1.1 400 Bad Request',
    '\x15\x03\x03\x00\x02\x02\x46',
    '\x00\x00\x00\x03abc',
    '\xff\xff\xff\xff?',
    MEGABYTE,
  ]) {
    fc.assert(
      fc.property(fc.boolean(), pieces, (behind, sizes) => {
        const bytes = Buffer.concat([...(behind ? [sound] : []), Buffer.from(odd, 'latin1'), sound])
        const found = given(bytes, sizes)
        const waited = behind && odd === MEGABYTE
        expect(Buffer.concat(found)).toEqual(waited ? sound : bytes)
        if (behind) expect(found[0]).toEqual(sound)
      }),
    )
  }
})

test('who judges the first bytes gets more than their size where they came together', () => {
  expect(given(Buffer.from('HTTP/1.1 400'), [40]).map(String)).toEqual(['HTTP/1.1 400'])
})
