import type { Clock } from '@faust/core'
import { brokerFault } from '../requests/broker-fault.ts'
import { findCoordinatorApi } from '../requests/find-coordinator.ts'
import type { CoordinatorKind } from '../requests/find-coordinator.ts'
import { kafkaError } from '../requests/kafka-errors.ts'
import type { BrokerAddress } from '../requests/metadata.ts'
import type { AnyBroker } from './any-broker.ts'
import type { Deadline } from './deadline.ts'
import { retry, TryAgain } from './retry.ts'

/** Which brokers coordinate groups and transactional ids. */
export class Coordinators {
  readonly #clock: Clock
  readonly #brokers: AnyBroker
  readonly #onBroker: (broker: BrokerAddress) => void
  readonly #known = new Map<string, number>()

  /** `onBroker` is told where a coordinator is, which Metadata may not yet have named. */
  constructor(clock: Clock, brokers: AnyBroker, onBroker: (broker: BrokerAddress) => void) {
    this.#clock = clock
    this.#brokers = brokers
    this.#onBroker = onBroker
  }

  async find(kind: CoordinatorKind, key: string, deadline: Deadline): Promise<number> {
    const known = this.#known.get(nameOf(kind, key))
    if (known !== undefined) return known
    const what = `Looking for the coordinator of ${nameOf(kind, key)}`
    return retry(this.#clock, what, deadline, () => this.#ask(kind, key, deadline))
  }

  /** Forgets it, unless another one than `node` was found meanwhile. */
  forget(kind: CoordinatorKind, key: string, node: number): void {
    const name = nameOf(kind, key)
    if (this.#known.get(name) === node) this.#known.delete(name)
  }

  async #ask(kind: CoordinatorKind, key: string, deadline: Deadline): Promise<number | TryAgain> {
    const round = await this.#brokers.ask(findCoordinatorApi, { kind, key }, deadline)
    if (round instanceof TryAgain) return round
    const { error, message, node, host, port } = round.answer
    if (error !== 0) {
      const subject = `The coordinator of ${nameOf(kind, key)}`
      const fault = brokerFault(error, { subject, message, details: { kind, key } })
      if (!kafkaError(error).retriable) throw fault
      return new TryAgain(fault)
    }
    this.#onBroker({ node, host, port, rack: null })
    this.#known.set(nameOf(kind, key), node)
    return node
  }
}

function nameOf(kind: CoordinatorKind, key: string): string {
  return kind === 'group' ? `group "${key}"` : `transactional id "${key}"`
}
