import type { Admin, GroupConsumer, GroupConsumerOptions, Producer, Reader, Transport } from '@faust/core'
import { override } from './run-kit.ts'

/** A transport that breaks one promise. */
export interface TransportDefect {
  readonly what: string
  /** Which of the kit's cases must notice. */
  readonly noticedBy: RegExp
  readonly transport?: (transport: Transport) => Partial<Transport>
  readonly admin?: (admin: Admin) => Partial<Admin>
  readonly producer?: (producer: Producer) => Partial<Producer>
  readonly consumer?: (consumer: GroupConsumer) => Partial<GroupConsumer>
  readonly reader?: (reader: Reader) => Partial<Reader>
  /** Changes how a consumer is made. */
  readonly joining?: (options: GroupConsumerOptions) => GroupConsumerOptions
}

/** Wraps a correct transport with a defect. */
export function defective(transport: Transport, defect: TransportDefect): Transport {
  const wrap = <T extends object>(target: T, members: ((target: T) => Partial<T>) | undefined): T =>
    override(target, members?.(target) ?? {})
  const members: Partial<Transport> = {
    producer: (options) => wrap(transport.producer(options), defect.producer),
    groupConsumer: (options) => wrap(transport.groupConsumer(defect.joining?.(options) ?? options), defect.consumer),
    reader: (options) => wrap(transport.reader(options), defect.reader),
    ...defect.transport?.(transport),
  }
  Object.defineProperty(members, 'admin', { get: () => wrap(transport.admin, defect.admin) })
  return override(transport, members)
}
