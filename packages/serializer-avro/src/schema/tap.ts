/** What avsc's types read from and write to: the bytes, and how far it is. */
export interface Tap {
  readonly buf: Uint8Array
  pos: number
  readLong(): number
  writeLong(value: number): void
  readString(): string
  skipString(): void
}
