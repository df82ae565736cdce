import { describe, expect, test } from 'vitest'
import { excerpt, FrameGuard } from '../src/frame-guard.ts'

function frame(size: number): Uint8Array {
  const bytes = new Uint8Array(4 + size)
  new DataView(bytes.buffer).setInt32(0, size)
  return bytes
}

function head(size: number): Uint8Array {
  return frame(0).map((_, index) => new Uint8Array(new Uint32Array([size]).buffer)[3 - index]!)
}

describe('frames', () => {
  test('are taken however they are cut', () => {
    const all = [frame(4), frame(300), frame(70_000), frame(5)]
    const bytes = Uint8Array.from(all.flatMap((each) => [...each]))
    for (const step of [1, 2, 3, 5, 7, 64, 1_000, bytes.length]) {
      const guard = new FrameGuard()
      for (let at = 0; at < bytes.length; at += step) expect(guard.accepts(bytes.subarray(at, at + step))).toBe(true)
    }
  })

  test.each([
    ['text', Buffer.from('HTTP/1.1 200 OK')],
    ['a size below zero', head(-1 >>> 0)],
    ['a size of 0', head(0)],
    ['a first frame of 2 MB', head(2 << 20)],
  ])('%s is none', (_what, bytes) => {
    expect(new FrameGuard().accepts(bytes)).toBe(false)
  })

  test('later ones may be large, but not a gigabyte', () => {
    const guard = new FrameGuard()
    expect(guard.accepts(frame(8))).toBe(true)
    expect(guard.accepts(head(200 << 20))).toBe(true)
    const other = new FrameGuard()
    other.accepts(frame(8))
    expect(other.accepts(head(2 ** 30 + 1))).toBe(false)
  })
})

test('an excerpt is short and can be printed', () => {
  expect(excerpt(Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close'))).toBe('"HTTP/1.1 400 Bad Request"')
  expect(excerpt(Buffer.from([0x15, 3, 3, 0, 2, 65]))).toBe('".....A"')
})
