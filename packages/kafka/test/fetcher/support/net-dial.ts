import { connect, type Socket } from 'node:net'
import { withHeaderTags, withoutHeaderTags } from '../../../src/index.ts'
import type { ApiHeader, BrokerAddress, Dial, Wire } from '../../../src/index.ts'
import { ByteWriter } from '../../../src/wire/byte-writer.ts'
import { readInt32 } from '../../../src/wire/integers.ts'
import { concat } from '../../support/bytes.ts'

/** A socket without TLS or credentials. */
class NetWire implements Wire {
  readonly #address: BrokerAddress
  readonly #lost: (reason: unknown) => void
  readonly #waiting: { readonly api: ApiHeader; resolve(answer: Uint8Array): void }[] = []
  #socket: Socket | undefined
  #received: Uint8Array = new Uint8Array(0)
  #destroyed = false

  constructor(address: BrokerAddress, lost: (reason: unknown) => void) {
    this.#address = address
    this.#lost = lost
  }

  connect(): Promise<void> {
    const { host, port } = this.#address
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true }, resolve)
      this.#socket = socket
      const lost = (reason: unknown): void => {
        reject(reason)
        if (!this.#destroyed) this.#lost(reason)
      }
      socket.on('error', lost)
      socket.on('close', () => lost(new Error('closed')))
      socket.on('data', (chunk) => this.#receive(chunk))
    })
  }

  authenticate(): Promise<void> {
    return Promise.resolve()
  }

  fresh(): boolean {
    return true
  }

  request(api: ApiHeader, body: Uint8Array): Promise<Uint8Array> {
    const head = new ByteWriter()
    head.int16(api.key)
    head.int16(api.version)
    head.int32(1)
    head.string('faust-test')
    const message = concat(head.done(), withHeaderTags(api, body))
    const size = new ByteWriter(4)
    size.int32(message.length)
    return new Promise((resolve) => {
      this.#waiting.push({ api, resolve })
      this.#socket?.write(concat(size.done(), message))
    })
  }

  destroy(): void {
    this.#destroyed = true
    this.#socket?.destroy()
  }

  #receive(chunk: Uint8Array): void {
    this.#received = concat(this.#received, chunk)
    while (this.#received.length >= 4) {
      const end = 4 + readInt32(this.#received, 0)
      if (this.#received.length < end) return
      const answer = this.#received.subarray(8, end)
      this.#received = this.#received.subarray(end)
      const next = this.#waiting.shift()
      next?.resolve(withoutHeaderTags(next.api, answer))
    }
  }
}

export const netDial: Dial = (address, onLost) => new NetWire(address, onLost)
