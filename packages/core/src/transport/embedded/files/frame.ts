import { crc32 } from 'node:zlib'

/**
 * A frame holds one entry of a file: its length, the checksum of the entry, the checksum of these two, and the entry.
 * The head has a checksum of its own so that a damaged length is told apart from an entry that was cut off.
 */
export const FRAME_HEAD = 12

/** What a head says, or null where it is none. */
export interface FrameHead {
  readonly length: number
  readonly checksum: number
}

/** Fills in the head of `frame`, whose first `FRAME_HEAD` bytes are free and whose rest is the entry. */
export function sealFrame(frame: Buffer): void {
  const entry = frame.subarray(FRAME_HEAD)
  frame.writeUInt32LE(entry.length, 0)
  frame.writeUInt32LE(crc32(entry), 4)
  frame.writeUInt32LE(crc32(frame.subarray(0, 8)), 8)
}

export function readHead(buffer: Buffer, at: number): FrameHead | null {
  const length = buffer.readUInt32LE(at)
  const checksum = buffer.readUInt32LE(at + 4)
  return crc32(buffer.subarray(at, at + 8)) === buffer.readUInt32LE(at + 8) ? { length, checksum } : null
}

export function isIntact(entry: Buffer, { checksum }: FrameHead): boolean {
  return crc32(entry) === checksum
}
