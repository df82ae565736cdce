import type { Clock, EmbeddedLog, Transport } from '@faust/core'
import { brokerDouble } from './broker-double.ts'
import type { BrokerDouble, BrokerDoubleOptions } from './broker-double.ts'
import type { Between } from './double-link.ts'
import type { DoubleTransportOptions } from './double-transport.ts'
import type { Faults } from './fault.ts'

/** What a simulator gives for one life of a worker. */
export interface SimulatedParts {
  /** One for each run. */
  readonly log: EmbeddedLog
  readonly logClock: Clock
  /** The way of this worker, on which the simulator's own faults happen. */
  readonly link: Between
}

/** How simulated workers reach their brokers. */
export interface SimulatedKafkaOptions
  extends Omit<BrokerDoubleOptions, 'log' | 'clock' | 'faults'>, Omit<DoubleTransportOptions, 'link'> {
  /** What goes wrong besides, made for each run from its clock, whose chance is the seed's. */
  readonly faults?: ((clock: Clock) => Faults) | undefined
}

/**
 * The option `transport` of `simulate`: every worker runs Kafka's data plane, on one double a run. The simulator's faults
 * hit each request that goes to a broker.
 */
export function simulatedKafka(options: SimulatedKafkaOptions = {}): (parts: SimulatedParts) => Transport {
  const { faults, ...rest } = options
  const doubles = new WeakMap<EmbeddedLog, BrokerDouble>()
  return ({ log, logClock, link }) => {
    let double = doubles.get(log)
    if (double === undefined) {
      // The simulator has a latency of its own.
      double = brokerDouble({ latency: () => 0, ...rest, log, clock: logClock, faults: faults?.(logClock) })
      doubles.set(log, double)
    }
    return double.transport({ ...rest, link })
  }
}
