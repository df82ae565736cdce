import type { ServiceNode } from '../node.ts'

export interface KafkaOptions {
  /** Brokers, each its own controller too: 1 by default; 3 survive the loss of one. */
  readonly nodes?: number
  /** A full version, 3.3.1 or later. */
  readonly version?: string
  /** Broker settings that win over ours, the same on every node. */
  readonly properties?: Readonly<Record<string, string>>
  /** Flags of the Java machine that win over ours; `-XX:TieredStopAtLevel=4` for a benchmark, say. */
  readonly jvm?: readonly string[]
  readonly startTimeoutMs?: number
  /** Keeps the data here, for the next start. By default it is in a fresh directory that goes with the servers. */
  readonly directory?: string
  /** Where KAFKA_BROKERS is looked up: `process.env`, unless a test says otherwise. */
  readonly env?: NodeJS.ProcessEnv
}

export interface KafkaNode extends ServiceNode {
  /** The broker's id in the cluster: `cluster.node(leader)` is the leader. */
  readonly id: number
  /** With the segments of every partition in it, for DumpLogSegments. */
  readonly dataDirectory: string
}

export interface KafkaCluster extends AsyncDisposable {
  /** `host:port` of each node. */
  readonly brokers: string[]
  /** Unknown when the address was given. */
  readonly version: string | undefined
  /** Whether the address came from KAFKA_BROKERS: then nothing here can be killed, paused or restarted. */
  readonly external: boolean
  node(index: number): KafkaNode
  /** Takes the cluster down and removes its data, unless it has a directory to keep it. May be called again. */
  stop(): Promise<void>
}
