import { Buffer } from 'node:buffer'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { ADMIN_APIS, APIS } from '@faust/kafka'
import { onTestFinished } from 'vitest'

/** A request as it arrived. */
export interface Arrived {
  readonly key: number
  readonly version: number
  readonly correlationId: number
  readonly clientId: string
  /** What is behind header 1. */
  readonly body: Buffer
  /** Which connection it came over, counted from 0. */
  readonly connection: number
  readonly socket: Socket
  /** Sends an answer: what is behind the correlation id. */
  answer(bytes: Uint8Array): void
  /** The whole answer as bytes, to be cut or mangled. */
  frame(bytes: Uint8Array): Buffer
}

export interface ScriptedBroker {
  readonly port: number
  readonly address: string
  /** Every connection that was ever made. */
  readonly sockets: readonly Socket[]
  /** All requests but ApiVersions. */
  readonly requests: readonly Arrived[]
  /** Sockets that are open now. */
  open(): number
  close(): Promise<void>
}

const API_VERSIONS = 18

/** An answer to ApiVersions 0: what it speaks, by key. */
export function versionsAnswer(ranges: readonly (readonly [key: number, min: number, max: number])[]): Buffer {
  const bytes = Buffer.alloc(6 + ranges.length * 6)
  bytes.writeInt32BE(ranges.length, 2)
  for (const [index, range] of ranges.entries()) {
    for (const [place, value] of range.entries()) bytes.writeInt16BE(value, 6 + index * 6 + place * 2)
  }
  return bytes
}

const NEEDED = [...APIS, ...ADMIN_APIS].map(({ key, version }) => [key, version, version] as const)
const SPEAKS = versionsAnswer([...NEEDED, [17, 0, 1], [36, 0, 1]])

export interface Script {
  /** Default: everything that is needed. */
  readonly versions?: Uint8Array | undefined
  readonly onRequest?: ((request: Arrived) => void) | undefined
  /** Instead of answering ApiVersions. */
  readonly onVersions?: ((request: Arrived, answer: Uint8Array) => void) | undefined
  /** Port to listen on. Default: any. */
  readonly port?: number | undefined
}

/** A TCP server that speaks Kafka's frames and does what a test says. Closed at the end of the test. */
export async function scriptedBroker(script: Script): Promise<ScriptedBroker> {
  const { versions = SPEAKS, onRequest, onVersions = (request) => request.answer(versions), port = 0 } = script
  const requests: Arrived[] = []
  const broker = await rawServer((socket, connection) => {
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const end = 4 + rest.readInt32BE(0)
        const request = parse(rest.subarray(4, end), connection, socket)
        rest = rest.subarray(end)
        if (request.key === API_VERSIONS) onVersions(request, versions)
        else {
          requests.push(request)
          onRequest?.(request)
        }
      }
    })
  }, port)
  return { ...broker, requests }
}

function parse(bytes: Buffer, connection: number, socket: Socket): Arrived {
  const correlationId = bytes.readInt32BE(4)
  const idEnd = 10 + bytes.readInt16BE(8)
  const frame = (answer: Uint8Array): Buffer => {
    const head = Buffer.alloc(8)
    head.writeInt32BE(4 + answer.length, 0)
    head.writeInt32BE(correlationId, 4)
    return Buffer.concat([head, answer])
  }
  return {
    key: bytes.readInt16BE(0),
    version: bytes.readInt16BE(2),
    correlationId,
    clientId: bytes.toString('utf8', 10, idEnd),
    body: Buffer.from(bytes.subarray(idEnd)),
    connection,
    socket,
    frame,
    answer: (answer) => void socket.write(frame(answer)),
  }
}

/** A TCP server that does anything at all. Closed at the end of the test. */
export async function rawServer(
  onConnection: (socket: Socket, connection: number) => void,
  port = 0,
): Promise<Omit<ScriptedBroker, 'requests'>> {
  const sockets: Socket[] = []
  const server: Server = createServer((socket) => {
    socket.on('error', () => {})
    // Else it would not notice the other side's end.
    socket.resume()
    onConnection(socket, sockets.push(socket) - 1)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  onTestFinished(close)
  const listening = (server.address() as AddressInfo).port
  return {
    port: listening,
    address: `127.0.0.1:${listening}`,
    sockets,
    open: () => sockets.filter(({ destroyed }) => !destroyed).length,
    close,
  }
}
