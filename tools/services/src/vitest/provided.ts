declare module 'vitest' {
  /** What tests get by `inject('…')`. */
  interface ProvidedContext {
    /** Project `kafka`: `host:port` of each broker of the one Kafka that the run shares. Give topics names of your own. */
    kafkaBrokers: string[]
    /** Project `redis`: the one Redis that the run shares. Give keys a prefix of your own. */
    redisUrl: string
    /** Project `apicurio`: the one schema registry that the run shares. Give subjects names of your own. */
    apicurioUrl: string
    /** Why the tests of this project can't run on this machine; undefined when they can. */
    servicesMissing: string | undefined
  }
}

export {}
