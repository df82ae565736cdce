/** One server process. A node of an address given by environment variable has only its address: the rest throws. */
export interface ServiceNode {
  /** `host:port` */
  readonly address: string
  /** Undefined while it is down. */
  readonly pid: number | undefined
  /** All that it printed, over every restart. */
  readonly logFile: string
  readonly state: 'running' | 'paused' | 'stopped'
  /** SIGKILL: as a machine that loses power. Resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM, and waits: as an operator does it. */
  stop(): Promise<void>
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): Promise<void>
  /** Stops it if it runs, starts it on the same address and data, and waits until it serves. */
  restart(): Promise<void>
}
