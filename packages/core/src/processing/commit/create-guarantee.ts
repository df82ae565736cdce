import type { Transport } from '../../transport/transport.ts'
import type { WorkerSettings } from '../worker-settings.ts'
import { AtLeastOnce, type AtLeastOnceParts } from './at-least-once.ts'
import { ChangelogProducer } from './changelog-producer.ts'
import { ExactlyOnce, type ExactlyOnceParts } from './exactly-once.ts'
import type { Guarantee } from './guarantee.ts'
import { TransactionalProducer, type TransactionalProducerParts } from './transactional-producer.ts'

/** What the guarantees are made from; each says what it does with it. */
export type GuaranteeParts = {
  readonly transport: Transport
  readonly settings: WorkerSettings
  readonly workerId: string
} & Omit<AtLeastOnceParts, 'changelogs' | 'proofInterval'> &
  Omit<ExactlyOnceParts, 'transactions'> &
  Omit<TransactionalProducerParts, 'producer' | 'transactionalId'>

/** The guarantee that the settings name. */
export function createGuarantee(parts: GuaranteeParts): Guarantee {
  const { settings, transport, workerId } = parts
  if (settings.guarantee === 'at-least-once') {
    const changelogs = new ChangelogProducer(transport.producer())
    return new AtLeastOnce({ ...parts, changelogs, proofInterval: settings.sessionTimeout / 2 })
  }
  const transactionalId = `${settings.name}/${workerId}`
  const producer = transport.producer({ transactionalId, transactionTimeout: settings.transactionTimeout })
  return new ExactlyOnce({ ...parts, transactions: new TransactionalProducer({ ...parts, producer, transactionalId }) })
}
