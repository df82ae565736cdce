import { FaustError } from '@faust/core'
import { kafkaError } from './kafka-errors.ts'

/** What was going on when the broker refused. */
export interface BrokerFaultPlace {
  /** The beginning of the message: who or what, e.g. `Producer "shop-1"` or `Topic orders, partition 3`. */
  readonly subject: string
  /** What the broker added. */
  readonly message?: string | null | undefined
  /** Topic, partition, group … */
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** The `FaustError` for an error number of a broker. Its details have the number and Kafka's name as `kafka`. */
export function brokerFault(code: number, { subject, message, details }: BrokerFaultPlace): FaustError {
  const { name, retriable, becomes, says } = kafkaError(code)
  const added = message === undefined || message === null ? '' : `: ${message}`
  return new FaustError(becomes, `${subject} ${says} (${name} ${code}${added})`, {
    retriable,
    details: { ...details, kafka: { code, name } },
  })
}
