import type { Sensor } from '../sensor/sensor.ts'
import type { Clock } from '../service/clock.ts'
import { checkOptions, checkWhole, invalidOption } from '../service/check-options.ts'
import type { Logger } from '../service/logger.ts'
import type { Store } from '../store/store.ts'
import type { GuaranteeName, WorkerSettings } from '../processing/worker-settings.ts'
import { checkName } from '../topic/names.ts'
import type { StallAction } from '../processing/stall.ts'
import type { Transport } from '../transport/transport.ts'
import { type FailureOptions, failurePolicy } from './failure-options.ts'

/** What an app is made from. Times in milliseconds, sizes in bytes. */
export interface AppOptions {
  /** Names the consumer group, the internal topics and the state. Workers of one app share it. */
  readonly id: string
  /** Raise it to begin anew beside the old version: from 2 on everything is named `{id}-v{version}`. Default 1. */
  readonly version?: number | undefined
  /**
   * This worker's name among the app's workers; it keeps its partitions through a restart. Default: kept by a store that
   * can, else a new one for each run.
   */
  readonly workerId?: string | undefined
  /** Default: an embedded log in memory. */
  readonly transport?: Transport | undefined
  /** Default: tables in memory. */
  readonly store?: Store | undefined
  /** Told what happens, beside the app's own `monitor`. */
  readonly sensors?: readonly Sensor[] | undefined
  /** Default: lines of level info and above on stderr. */
  readonly logger?: Logger | undefined
  /** Default: the machine's. */
  readonly clock?: Clock | undefined
  /**
   * What a crash may do to the effects of a record. `'exactly-once'`: tables, offsets and what handlers send to topics are
   * committed together, once; it needs a transport with transactions. Default `'at-least-once'`.
   */
  readonly guarantee?: GuaranteeName | undefined
  /** Time between two commits. Default 1,000; under exactly-once 100. */
  readonly commitInterval?: number | undefined
  /**
   * After so long the log aborts a transaction that a dead worker has left open; as long a living one may take. Only under
   * exactly-once. Default 10,000.
   */
  readonly transactionTimeout?: number | undefined
  /**
   * How long a stop takes at most. Tasks, handlers, the last commit and leaving the group come one after the other, and each
   * may take two thirds of what is left. Default 30,000.
   */
  readonly stopTimeout?: number | undefined
  /** How long a partition that is taken away may finish what it has begun. Default 5,000. */
  readonly revokeTimeout?: number | undefined
  /** Without a sign of life for so long a worker loses its partitions. Default 10,000. */
  readonly sessionTimeout?: number | undefined
  /** Time between two signs of life; at most a third of the session. Default 3,000. */
  readonly heartbeatInterval?: number | undefined
  /** How long a rebalance waits for a worker. Default 60,000. */
  readonly rebalanceTimeout?: number | undefined
  /** Records and bytes of one partition that wait in memory before it is paused. Defaults 16,384 and 16 MiB. */
  readonly queueRecords?: number | undefined
  readonly queueBytes?: number | undefined
  /** Bytes that were sent and not acknowledged before senders wait. Default 32 MiB. */
  readonly outboxBytes?: number | undefined
  /** Decoded values kept in memory, of all tables together. Default 64 MiB. */
  readonly tableCacheBytes?: number | undefined
  /** Writes to all tables together that wait for a commit before it begins early. Default 32 MiB. */
  readonly tableBufferBytes?: number | undefined
  /** Partitions whose tables are restored at the same time. Default 8. */
  readonly restoreConcurrency?: number | undefined
  /**
   * How many other workers keep a copy of each table partition, so that one of them goes on at once when this one is
   * gone. The leader's number counts. Default 0. A store that all workers share needs none and has none.
   */
  readonly standbyReplicas?: number | undefined
  /**
   * Changelog records that a copy of a partition, with all its tables, may lack of what the furthest one has, for the
   * partition to move to it; they are read before it goes on. Until then it stays where it is, and its next worker follows
   * the changelog beside. The leader's number counts. Default 10,000.
   */
  readonly acceptableRecoveryLag?: number | undefined
  /**
   * How long the store keeps the copy of a table partition which runs on other workers and of which this one is to keep no
   * copy: when it comes back by then, only the tail of its changelog is read. At least `rebalanceTimeout`, as a copy must
   * outlive the rebalance that brings its partition here. Default 600,000, or `rebalanceTimeout` if that is more.
   */
  readonly copyRetention?: number | undefined
  /** Makes declared topics that are missing. Default true; a topic's own `create` wins. */
  readonly createTopics?: boolean | undefined
  /**
   * Called before each value that an agent is given, with the agent's name; what it throws counts as a failure of the
   * value. For tests of what follows from failures. Default: nothing is called.
   */
  readonly beforeValue?: ((agent: string) => void) | undefined
  /** How long a handler may have a value in hand, a commit may take, or fetching may rest though there is more. Default 60,000. */
  readonly stallTimeout?: number | undefined
  /**
   * What follows then, besides a log line and the status: `restart` ends the handler's call, whose value has failed, begins
   * the fetch anew, and stops the app for a commit; `stop` stops the app. Default `log`: nothing else.
   */
  readonly onStall?: StallAction | undefined
  /** What follows when an agent can't process a value; an agent's own `failures` wins. Default: three retries, then a stop. */
  readonly failures?: FailureOptions | undefined
}

/** How an app is stopped. */
export interface StopOptions {
  /**
   * Tells the group, so that other workers take over at once. Default: for a worker without a kept identity, and when
   * others have copies of all tables that it holds.
   */
  readonly leave?: boolean | undefined
}

/** Numbers among the options: default and smallest value. */
const NUMBERS = {
  version: [1, 1],
  transactionTimeout: [10_000, 1],
  stopTimeout: [30_000, 1],
  revokeTimeout: [5000, 1],
  sessionTimeout: [10_000, 1],
  heartbeatInterval: [3000, 1],
  rebalanceTimeout: [60_000, 1],
  stallTimeout: [60_000, 1],
  queueRecords: [16_384, 1],
  queueBytes: [16 * 2 ** 20, 1],
  outboxBytes: [32 * 2 ** 20, 1],
  tableCacheBytes: [64 * 2 ** 20, 0],
  tableBufferBytes: [32 * 2 ** 20, 1],
  restoreConcurrency: [8, 1],
  standbyReplicas: [0, 0],
  acceptableRecoveryLag: [10_000, 0],
  copyRetention: [600_000, 1],
} as const satisfies Partial<Record<keyof AppOptions, readonly [number, number]>>

const OTHERS = [
  'id',
  'workerId',
  'transport',
  'store',
  'sensors',
  'logger',
  'clock',
  'createTopics',
  'guarantee',
  'failures',
  'onStall',
  'beforeValue',
  'commitInterval',
]
/** Default ms between two commits, by guarantee. */
const COMMIT_INTERVALS = { 'at-least-once': 1000, 'exactly-once': 100 } as const satisfies Record<GuaranteeName, number>
const STALL_ACTIONS: readonly string[] = ['log', 'restart', 'stop']
/** How long a cycle waits for a task to be quiet, in ms. */
const QUIET_TIMEOUT = 100

/** The app's name and what its worker needs; throws `FAUST_SETTING_INVALID` naming the wrong option. */
export function workerSettings(options: AppOptions): WorkerSettings {
  checkOptions('createApp', options, [...OTHERS, ...Object.keys(NUMBERS)])
  const numbers = Object.fromEntries(
    Object.entries(NUMBERS).map(([name, [fallback, least]]) => [
      name,
      whole(options, name as keyof typeof NUMBERS, fallback, least),
    ]),
  ) as Record<keyof typeof NUMBERS, number>
  if (numbers.heartbeatInterval * 3 > numbers.sessionTimeout) {
    throw invalidOption(
      'createApp',
      'heartbeatInterval',
      `is ${numbers.heartbeatInterval} ms, more than a third of sessionTimeout (${numbers.sessionTimeout} ms). ` +
        `One lost heartbeat would cost the worker its partitions.`,
    )
  }
  if (options.copyRetention === undefined) {
    numbers.copyRetention = Math.max(numbers.copyRetention, numbers.rebalanceTimeout)
  } else if (numbers.copyRetention < numbers.rebalanceTimeout) {
    throw invalidOption(
      'createApp',
      'copyRetention',
      `is ${numbers.copyRetention} ms, less than rebalanceTimeout (${numbers.rebalanceTimeout} ms). ` +
        `A copy would be removed during the rebalance that brings its partition here, again and again.`,
    )
  }
  const { guarantee = 'at-least-once' } = options
  if (!Object.hasOwn(COMMIT_INTERVALS, guarantee)) {
    throw invalidOption('createApp', 'guarantee', `is ${guarantee as string}. It is 'at-least-once' or 'exactly-once'.`)
  }
  checkWhole('createApp', 'commitInterval', options.commitInterval, 1)
  failurePolicy('createApp', options.failures)
  const { onStall = 'log' } = options
  if (!STALL_ACTIONS.includes(onStall)) {
    throw invalidOption('createApp', 'onStall', `is ${onStall}. It is 'log', 'restart' or 'stop'.`)
  }
  const id = checkName('the app', options.id)
  return {
    ...numbers,
    guarantee,
    onStall,
    commitInterval: options.commitInterval ?? COMMIT_INTERVALS[guarantee],
    name: numbers.version === 1 ? id : `${id}-v${numbers.version}`,
    quietTimeout: QUIET_TIMEOUT,
    queue: { records: numbers.queueRecords, bytes: numbers.queueBytes },
    outbox: { batch: 1000, bytes: numbers.outboxBytes },
    pollRecords: numbers.queueRecords,
    pollBytes: numbers.queueBytes,
  }
}

function whole(options: AppOptions, name: keyof typeof NUMBERS, fallback: number, least: number): number {
  checkWhole('createApp', name, options[name], least)
  return options[name] ?? fallback
}
