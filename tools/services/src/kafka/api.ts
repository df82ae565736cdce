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
  /** Also listens for clients that have to say who they are: `cluster.secured`. Kafka 3.5 or later; a `directory` from its first start on. */
  readonly secured?: boolean
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

export interface KafkaUser {
  readonly username: string
  readonly password: string
}

/** The listeners of a cluster that ask who comes, and what gets through. All of them speak TLS. */
export interface SecuredAccess {
  /** `host:port` of each node for SASL: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, and OAUTHBEARER with tokens that nobody signed. */
  readonly withCredentials: readonly string[]
  /** `host:port` of each node for certificates of clients. */
  readonly withCertificates: readonly string[]
  /** PEM of what the brokers' certificate is trusted by. It is for 127.0.0.1 and localhost. */
  readonly ca: string
  /** The admin's key and certificate. */
  readonly client: { readonly pfx: Uint8Array; readonly passphrase: string }
  /** May do everything. */
  readonly admin: KafkaUser
  /** Is known, and may do nothing. */
  readonly guest: KafkaUser
}

export interface KafkaCluster extends AsyncDisposable {
  /** `host:port` of each node. */
  readonly brokers: string[]
  /** Unknown when the address was given. */
  readonly version: string | undefined
  /** Whether the address came from KAFKA_BROKERS: then nothing here can be killed, paused or restarted. */
  readonly external: boolean
  /** With `secured: true`. `brokers` stay open to everybody. */
  readonly secured: SecuredAccess | undefined
  node(index: number): KafkaNode
  /** Takes the cluster down and removes its data, unless it has a directory to keep it. May be called again. */
  stop(): Promise<void>
}
