import type { ServiceNode } from '../node.ts'

export interface RegistryOptions {
  /** Settings as in application.properties that win over ours. */
  readonly properties?: Readonly<Record<string, string>>
  readonly startTimeoutMs?: number
  /** Where APICURIO_URL is looked up: `process.env`, unless a test says otherwise. */
  readonly env?: NodeJS.ProcessEnv
}

export interface Registry extends AsyncDisposable {
  /** Of its Confluent-compatible interface: `http://host:port/apis/ccompat/v7`. */
  readonly url: string
  /** Whether the address came from APICURIO_URL: then nothing here can be killed, paused or restarted. */
  readonly external: boolean
  /** What it keeps is in its memory: a restart begins with nothing. */
  readonly node: ServiceNode
  /** Takes it down. May be called again. */
  stop(): Promise<void>
}
