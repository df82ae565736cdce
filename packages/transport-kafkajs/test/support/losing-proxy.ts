import { connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A way to a broker that carries requests out and then loses their answers, with the connection, when told to. */
export interface LosingProxy {
  readonly port: number
  /** The answers of the next `count` requests of this kind are lost. */
  lose(apiKey: number, count: number): void
}

/** For clients that can be given their sockets: the broker would tell them its own address. */
export async function losingProxy(broker: string): Promise<LosingProxy> {
  const [host, port] = broker.split(':')
  const sockets = new Set<Socket>()
  let losing = { apiKey: -1, left: 0 }
  const server = createServer((client) => {
    const upstream = connect(Number(port), host)
    const lost = new Set<number>()
    const end = (): void => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    client.on(
      'data',
      frames((frame) => {
        if (frame.readInt16BE(4) === losing.apiKey && losing.left > 0) {
          losing.left--
          lost.add(frame.readInt32BE(8))
        }
        upstream.write(frame)
      }),
    )
    upstream.on(
      'data',
      frames((frame) => {
        if (lost.has(frame.readInt32BE(4))) end()
        else client.write(frame)
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return {
    port: address.port,
    lose: (apiKey, count) => void (losing = { apiKey, left: count }),
  }
}

/** Cuts a stream into Kafka's frames, each with its length in front. */
function frames(each: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const length = 4 + rest.readInt32BE(0)
      each(rest.subarray(0, length))
      rest = rest.subarray(length)
    }
  }
}
