import { connect, type Socket } from 'node:net'
import { withHeaderTags, withoutHeaderTags, type Api } from '../../src/index.ts'
import { readInt32 } from '../../src/wire/integers.ts'
import { ByteWriter } from '../../src/wire/byte-writer.ts'
import { concat } from './bytes.ts'

/** A connection to a broker with nothing in between: size, header, body. One request after the other. */
export class RawConnection {
  readonly #socket: Socket
  #received: Uint8Array = new Uint8Array(0)
  #waiting: { resolve: (answer: Uint8Array) => void; reject: (error: Error) => void } | undefined
  #correlationId = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(chunk))
    const lost = (): void => this.#waiting?.reject(new Error('The broker closed the connection'))
    socket.on('error', lost)
    socket.on('close', lost)
  }

  /** `address` is `host:port`. */
  static open(address: string): Promise<RawConnection> {
    const at = address.lastIndexOf(':')
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)), noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new RawConnection(socket))
      })
    })
  }

  async send<Request, Response>(api: Api<Request, Response>, request: Request): Promise<Response> {
    const correlationId = ++this.#correlationId
    const head = new ByteWriter()
    head.int16(api.key)
    head.int16(api.version)
    head.int32(correlationId)
    head.string('faust-test')
    const message = concat(head.done(), withHeaderTags(api, api.encode(request)))
    const size = new ByteWriter(4)
    size.int32(message.length)
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#socket.write(concat(size.done(), message))
    })
    this.#waiting = undefined
    if (readInt32(answer, 0) !== correlationId) throw new Error('An answer to another request')
    return api.decode(withoutHeaderTags(api, answer.subarray(4)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy()
  }

  #receive(chunk: Uint8Array): void {
    this.#received = concat(this.#received, chunk)
    if (this.#received.length < 4) return
    const end = 4 + readInt32(this.#received, 0)
    if (this.#received.length < end) return
    const answer = this.#received.subarray(4, end)
    this.#received = this.#received.subarray(end)
    this.#waiting?.resolve(answer)
  }
}
