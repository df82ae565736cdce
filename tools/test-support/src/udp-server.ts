import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** A metric as it came over the wire. */
export interface Metric {
  readonly name: string
  readonly value: number
  readonly type: string
  readonly tags: readonly string[]
}

export interface UdpServer {
  readonly port: number
  readonly metrics: readonly Metric[]
  /** The length of each packet, in bytes. */
  readonly packets: readonly number[]
  /** Lines that are no metrics. */
  readonly odd: readonly string[]
  /** The sum of what came under a name with all of these tags, when it has come to that. */
  sum(name: string, expected: number, ...tags: string[]): Promise<number>
  close(): Promise<void>
}

/** A server that reads StatsD and DogStatsD (also with the container that a line comes from); other lines are `odd`. */
export async function udpServer(): Promise<UdpServer> {
  const socket = createSocket('udp4')
  const metrics: Metric[] = []
  const packets: number[] = []
  const odd: string[] = []
  socket.on('message', (packet) => {
    packets.push(packet.length)
    for (const line of packet
      .toString()
      .split('\n')
      .filter((each) => each !== '')) {
      const match = /^([\w.-]+):(-?[\d.]+)\|(c|g|ms)(?:\|#([^|\n]+))?(?:\|c:[^|\n]+)?$/u.exec(line)
      if (match === null) odd.push(line)
      else metrics.push({ name: match[1]!, value: Number(match[2]), type: match[3]!, tags: match[4]?.split(',') ?? [] })
    }
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    port: socket.address().port,
    metrics,
    packets,
    odd,
    async sum(name: string, expected: number, ...tags: string[]): Promise<number> {
      const total = (): number =>
        metrics
          .filter((each) => each.name === name && tags.every((tag) => each.tags.includes(tag)))
          .reduce((sum, { value }) => sum + value, 0)
      while (total() < expected) await once(socket, 'message')
      return total()
    },
    async close(): Promise<void> {
      socket.close()
      await once(socket, 'close')
    },
  }
}
