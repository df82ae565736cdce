import { checkOptions, type Sensor, SENSOR_CONTRACT } from '@faust/core'
import { StatsD } from 'hot-shots'
import { hooksOf } from './hooks.ts'

/** Where the metrics go. */
export interface StatsdOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined
  /** UDP. Default 8125. */
  readonly port?: number | undefined
  /** In front of every name, with a dot between. Default the app's name. */
  readonly prefix?: string | undefined
  /** Ms after which metrics are sent that fill no packet. Default 1000. */
  readonly flushInterval?: number | undefined
  /** Bytes of a packet. Default 1432, which every network bears. */
  readonly packetSize?: number | undefined
}

/**
 * Sends an app's metrics to a StatsD server over UDP, in full packets. What can't be sent is lost and logged once, at warn;
 * processing never feels it. `close` sends what is left.
 */
export function statsdSensor(options: StatsdOptions = {}): Sensor {
  checkOptions('statsdSensor', options, ['host', 'port', 'prefix', 'flushInterval', 'packetSize'])
  const { host = '127.0.0.1', port = 8125, flushInterval = 1000, packetSize = 1432 } = options
  let client: StatsD | undefined
  return {
    name: 'sensor-statsd',
    contract: SENSOR_CONTRACT,
    ...hooksOf(() => client),
    async start({ app, logger }) {
      let told = false
      client = new StatsD({
        host,
        port,
        prefix: `${options.prefix ?? app}.`,
        bufferFlushInterval: flushInterval,
        maxBufferSize: packetSize,
        includeDataDogTags: false,
        originDetection: false,
        errorHandler: (error) => {
          if (!told) logger.warn({ host, port, error }, `Metrics can't be sent to StatsD at ${host}:${port}`)
          told = true
        },
      })
    },
    async close() {
      const open = client
      client = undefined
      await new Promise<void>((resolve) => {
        if (open === undefined) resolve()
        else open.close(() => resolve())
      })
    },
  }
}
