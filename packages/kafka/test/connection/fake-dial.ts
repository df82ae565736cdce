import { apiVersions } from '../../src/connection/api-versions.ts'
import { deferred } from '../../src/connection/wait.ts'
import type { Deferred } from '../../src/connection/wait.ts'
import type { ApiHeader, ApiVersions, Dial, Wire } from '../../src/connection/wire.ts'
import type { BrokerAddress } from '../../src/requests/metadata.ts'

/** A request that waits for the test to answer it. */
export interface Received {
  readonly api: ApiHeader
  readonly body: Uint8Array
  readonly answer: Deferred<Uint8Array>
}

/** What the test sees of one wire. */
export class FakeWire implements Wire {
  readonly address: BrokerAddress
  readonly received: Received[] = []
  readonly connected: Deferred<void> = deferred()
  readonly authenticated: Deferred<void> = deferred()
  destroyed = false
  isFresh = true
  readonly lose: (reason: unknown) => void
  readonly #versions: ApiVersions | null

  constructor(address: BrokerAddress, lose: (reason: unknown) => void, versions: ApiVersions | null) {
    this.address = address
    this.lose = lose
    this.#versions = versions
  }

  connect(): Promise<void> {
    return this.connected.promise
  }

  authenticate(): Promise<void> {
    return this.authenticated.promise
  }

  fresh(): boolean {
    return this.isFresh
  }

  request(api: ApiHeader, body: Uint8Array): Promise<Uint8Array> {
    if (api.key === apiVersions.key && this.#versions !== null) {
      return Promise.resolve(apiVersions.encodeResponse({ error: 0, versions: this.#versions }))
    }
    const answer = deferred<Uint8Array>()
    this.received.push({ api, body, answer })
    return answer.promise
  }

  destroy(): void {
    this.destroyed = true
  }
}

export interface FakeDial {
  readonly dial: Dial
  /** In the order of dialling. */
  readonly wires: FakeWire[]
  /** Whether wires connect and accept by themselves. */
  open: boolean
  /** What brokers say of themselves; `null` leaves ApiVersions to the test. */
  versions: ApiVersions | null
}

export function fakeDial(): FakeDial {
  const made: FakeDial = {
    wires: [],
    open: true,
    versions: new Map([[3, { min: 0, max: 13 }]]),
    dial(address, onLost) {
      const wire = new FakeWire(address, onLost, made.versions)
      made.wires.push(wire)
      if (made.open) {
        wire.connected.resolve()
        wire.authenticated.resolve()
      }
      return wire
    },
  }
  return made
}
