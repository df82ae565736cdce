import type { Sensor } from '../../sensor/sensor.ts'
import type { Clock } from '../../service/clock.ts'
import type { Logger } from '../../service/logger.ts'
import type { Pending } from '../../service/pending.ts'
import type { GroupConsumer } from '../../transport/group.ts'
import type { Transport } from '../../transport/transport.ts'
import type { Outbox } from '../send/outbox.ts'
import type { Task } from '../task/task.ts'
import type { WorkerSettings } from '../worker-settings.ts'
import { AtLeastOnce } from './at-least-once.ts'
import { ChangelogProducer } from './changelog-producer.ts'
import { ExactlyOnce } from './exactly-once.ts'
import type { Guarantee } from './guarantee.ts'
import { TransactionalProducer } from './transactional-producer.ts'

/** What the guarantees are made from; each says what it does with it. */
export interface GuaranteeParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly sensor: Sensor
  readonly transport: Transport
  readonly settings: WorkerSettings
  readonly workerId: string
  readonly outbox: Outbox
  readonly encodings: Pending
  readonly consumer: () => GroupConsumer
  readonly joinSent: () => boolean
  readonly takeBack: (tasks: readonly Task[]) => void
  readonly stopping: () => boolean
  readonly crash: (error: unknown) => void
}

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
