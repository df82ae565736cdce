/** Settings with an effect here, with Kafka's defaults. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'delete.retention.ms': '86400000',
  'max.message.bytes': '1048588',
  'message.timestamp.type': 'CreateTime',
  'min.cleanable.dirty.ratio': '0.5',
  'min.compaction.lag.ms': '0',
  'retention.bytes': '-1',
  'retention.ms': '604800000',
}

/** Settings that Kafka has and that mean nothing to a log in one process: kept, described, without effect. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'compression.gzip.level',
  'compression.lz4.level',
  'compression.type',
  'compression.zstd.level',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'follower.replication.throttled.replicas',
  'index.interval.bytes',
  'leader.replication.throttled.replicas',
  'local.retention.bytes',
  'local.retention.ms',
  'max.compaction.lag.ms',
  'message.downconversion.enable',
  'message.format.version',
  'message.timestamp.after.max.ms',
  'message.timestamp.before.max.ms',
  'message.timestamp.difference.max.ms',
  'min.insync.replicas',
  'preallocate',
  'remote.storage.enable',
  'segment.bytes',
  'segment.index.bytes',
  'segment.jitter.ms',
  'segment.ms',
  'unclean.leader.election.enable',
])

/** The settings of a topic, read. */
export interface TopicConfig {
  readonly compacted: boolean
  readonly deleted: boolean
  /** Ms; -1 keeps for ever. */
  readonly retentionMs: number
  /** Of each partition; -1 keeps everything. */
  readonly retentionBytes: number
  /** Ms for which tombstones stay readable after the first cleaning that met them. */
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly minDirtyRatio: number
  /** Of one record. */
  readonly maxMessageBytes: number
  readonly logAppendTime: boolean
  /** Everything under Kafka's names, defaults included. */
  readonly all: Readonly<Record<string, string>>
}

/** Reads settings; a string says what is wrong with them. */
export function readTopicConfig(given: Readonly<Record<string, string>>): TopicConfig | string {
  for (const [name, value] of Object.entries(given)) {
    const problem =
      name in DEFAULTS ? problemOf(name, value) : WITHOUT_EFFECT.has(name) ? null : 'is not a topic setting'
    if (problem !== null) return `${name} ${problem}`
  }
  const all = Object.fromEntries(Object.entries({ ...DEFAULTS, ...given }).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const number = (name: string) => Number(all[name])
  const policies = policiesOf(all['cleanup.policy'] ?? '')
  return {
    compacted: policies.includes('compact'),
    deleted: policies.includes('delete'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    deleteRetentionMs: number('delete.retention.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    minDirtyRatio: number('min.cleanable.dirty.ratio'),
    maxMessageBytes: number('max.message.bytes'),
    logAppendTime: all['message.timestamp.type'] === 'LogAppendTime',
    all,
  }
}

function policiesOf(value: string): string[] {
  return value.split(',').map((policy) => policy.trim())
}

function problemOf(name: string, value: string): string | null {
  if (name === 'cleanup.policy') {
    const known = policiesOf(value).every((policy) => policy === 'compact' || policy === 'delete')
    return known ? null : `must be compact, delete or compact,delete and is ${JSON.stringify(value)}`
  }
  if (name === 'message.timestamp.type') {
    const known = value === 'CreateTime' || value === 'LogAppendTime'
    return known ? null : `must be CreateTime or LogAppendTime and is ${JSON.stringify(value)}`
  }
  const lowest = name.startsWith('retention.') ? -1 : 0
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return number >= lowest ? null : `must be a number of at least ${lowest} and is ${JSON.stringify(value)}`
}
