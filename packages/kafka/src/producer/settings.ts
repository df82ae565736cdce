import { FaustError } from '@faust/core'
import type { ProducerOptions } from '@faust/core'
import { COMPRESSIONS } from '../records/compression/codec.ts'
import type { Codecs, CompressionName } from '../records/compression/codec.ts'

/** How the producers of a transport work. Times in ms. */
export interface ProducerSettings {
  /** What compresses batches. */
  readonly codecs: Codecs
  /** Default `none`. */
  readonly compression?: CompressionName | undefined
  /** How long records wait for others. Default 0: they leave as soon as the batch before them is answered. */
  readonly linger?: number | undefined
  /** Bytes of a batch before compression. Default 1,048,576, which the default max.message.bytes of a topic allows. */
  readonly batchSize?: number | undefined
  /** Bytes of the batches of one request. Default 8 MiB. */
  readonly requestSize?: number | undefined
  /** How long records are tried to be delivered. Default 120,000; in a transaction less than its time-out. */
  readonly deliveryTimeout?: number | undefined
  /** How long an answer is waited for. Default 30,000, and at most a third of `deliveryTimeout`. */
  readonly requestTimeout?: number | undefined
  /** How long a close waits for what is queued. Default 30,000. */
  readonly closeTimeout?: number | undefined
  /** Sequence of the first record of each partition, so that a test needs not send 2^31 records. Default 0. */
  readonly firstSequence?: number | undefined
}

/** The same with everything decided. */
export interface ResolvedSettings {
  readonly codecs: Codecs
  readonly compression: CompressionName
  readonly linger: number
  readonly batchSize: number
  readonly requestSize: number
  readonly deliveryTimeout: number
  readonly requestTimeout: number
  readonly closeTimeout: number
  readonly firstSequence: number
  readonly transactionalId: string | undefined
  readonly transactionTimeout: number
}

const MIB = 1024 * 1024
/** The part of a transaction's time in which its records must be stored. */
const DELIVERY_SHARE = 0.9
/** So that a lost request can be repeated. */
const TRIES = 3

/** Throws `FAUST_SETTING_INVALID` for what cannot be, and `FAUST_NOT_SUPPORTED` for a codec that is not there. */
export function resolveSettings(settings: ProducerSettings, options: ProducerOptions): ResolvedSettings {
  const { codecs, compression = 'none' } = settings
  const { transactionalId, transactionTimeout = 10_000 } = options
  if (transactionalId === '') throw invalid('transactionalId', 'is empty: leave it out, or give it a name')
  const number = (name: string, value: number, least: number): number => {
    if (Number.isInteger(value) && value >= least && value < 2 ** 31) return value
    throw invalid(name, `is ${value}: give it a whole number of at least ${least}`)
  }
  if (!COMPRESSIONS.includes(compression)) {
    throw invalid('compression', `is "${compression}": choose ${COMPRESSIONS.join(', ')}`)
  }
  codecs.byName(compression)
  const patience = number('deliveryTimeout', settings.deliveryTimeout ?? 120_000, 1)
  const inTransaction = number('transactionTimeout', transactionTimeout, 1) * DELIVERY_SHARE
  const deliveryTimeout = transactionalId === undefined ? patience : Math.min(patience, inTransaction)
  return {
    codecs,
    compression,
    linger: number('linger', settings.linger ?? 0, 0),
    batchSize: number('batchSize', settings.batchSize ?? MIB, 1),
    requestSize: number('requestSize', settings.requestSize ?? 8 * MIB, 1),
    deliveryTimeout,
    requestTimeout: Math.min(number('requestTimeout', settings.requestTimeout ?? 30_000, 1), deliveryTimeout / TRIES),
    closeTimeout: number('closeTimeout', settings.closeTimeout ?? 30_000, 1),
    firstSequence: number('firstSequence', settings.firstSequence ?? 0, 0),
    transactionalId,
    transactionTimeout,
  }
}

function invalid(name: string, says: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `The setting ${name} of a producer ${says}`, {
    details: { setting: name },
  })
}
