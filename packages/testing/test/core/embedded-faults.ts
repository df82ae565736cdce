import { FaustError } from '@faust/core'
import type { Clock, Transport } from '@faust/core'
import type { FaultRequest, TransportFaults } from '@faust/testing'
import type { Broker } from '../../../core/src/transport/embedded/log/broker.ts'

const METHODS: Readonly<Record<FaultRequest, keyof Broker>> = {
  produce: 'produce',
  commit: 'commitOffsets',
  'offsets-to-transaction': 'txnOffsetCommit',
  'end-transaction': 'endTxn',
}

type Trouble = 'lose-answer' | 'lose-request' | { readonly delay: number }

/** One client's way to the log, with troubles on demand. */
export class TroubledLink {
  readonly #clock: Clock
  readonly #troubles = new Map<string, Trouble>()
  #cut = false
  readonly #waiting = new Set<(error: FaustError) => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  trouble(request: FaultRequest, trouble: Trouble): void {
    this.#troubles.set(METHODS[request], trouble)
  }

  /** Fails everything until it is mended. */
  cut(): void {
    this.#cut = true
    this.disconnect()
  }

  mend(): void {
    this.#cut = false
  }

  /** What waits for an answer does so in vain; what was asked is done all the same. */
  disconnect(): void {
    for (const fail of this.#waiting) fail(lost())
  }

  wrap(log: Broker): Broker {
    return new Proxy(log, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target)
        if (typeof member !== 'function') return member
        // What changes is told by the client itself, however bad its link: its answer is no request's.
        if (name === 'watchTopics') return member.bind(target) as unknown
        return (...args: unknown[]) => this.#call(String(name), () => member.apply(target, args) as unknown)
      },
    })
  }

  #call(name: string, run: () => unknown): unknown {
    const trouble = this.#troubles.get(name)
    this.#troubles.delete(name)
    if (this.#cut || trouble === 'lose-request') return Promise.reject(lost())
    const answer = run()
    if (trouble === 'lose-answer') return Promise.resolve(answer).then(() => Promise.reject(lost()))
    if (trouble !== undefined) {
      return new Promise((resolve) => void this.#clock.setTimeout(() => resolve(answer), trouble.delay))
    }
    if (!(answer instanceof Promise)) return answer
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      answer.then(resolve, reject).finally(() => this.#waiting.delete(reject))
    })
  }
}

/** The kit's hooks, for clients whose links are remembered in `links`. */
export function linkFaults(links: WeakMap<Transport, TroubledLink>): TransportFaults {
  return {
    disconnect: (transport) => links.get(transport)?.disconnect(),
    cut: (transport) => links.get(transport)?.cut(),
    mend: (transport) => links.get(transport)?.mend(),
    loseNextAnswer: (transport, request) => links.get(transport)?.trouble(request, 'lose-answer'),
    loseNextRequest: (transport, request) => links.get(transport)?.trouble(request, 'lose-request'),
    delayNextAnswer: (transport, request, delay) => links.get(transport)?.trouble(request, { delay }),
  }
}

function lost(): FaustError {
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', 'The answer was lost on its way', { retriable: true })
}
