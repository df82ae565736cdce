import type { BrokerAddress } from '../requests/metadata.ts'

/** Where all nodes of a double listen; their hosts differ. */
const PORT = 9092

/** The brokers of a double: which there are, and which of them are up. Numbered from 1. */
export class Nodes {
  readonly all: readonly BrokerAddress[]
  readonly #down = new Set<number>()

  constructor(count: number) {
    this.all = Array.from({ length: count }, (_, index) => {
      return { node: index + 1, host: `broker-${index + 1}`, port: PORT, rack: null }
    })
  }

  /** The numbers of those that are up. */
  get up(): readonly number[] {
    return this.all.map(({ node }) => node).filter((node) => this.isUp(node))
  }

  isUp(node: number): boolean {
    return !this.#down.has(node)
  }

  /** Answers whether that changed anything. */
  set(node: number, up: boolean): boolean {
    if (this.isUp(node) === up) return false
    if (up) this.#down.delete(node)
    else this.#down.add(node)
    return true
  }

  /** The node that listens at an address. */
  at({ host, port }: Pick<BrokerAddress, 'host' | 'port'>): number | undefined {
    return this.all.find((each) => each.host === host && each.port === port)?.node
  }

  address(node: number): BrokerAddress | undefined {
    return this.all.find((each) => each.node === node)
  }

  /** One that is up, the same for the same key as long as none changes; -1 when all are down. */
  choose(key: string): number {
    const { up } = this
    // FNV-1a: near keys must not all get the same.
    let hash = 0x811c9dc5
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
    return up[(hash >>> 0) % up.length] ?? -1
  }
}
