import { checkOptions, type Sensor, SENSOR_CONTRACT } from '@faust/core'
import { StatsD } from 'hot-shots'
import { hooksOf } from './hooks.ts'

/** Where the metrics go. */
export interface DatadogOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined
  /** UDP. Default 8125. */
  readonly port?: number | undefined
  /** In front of every name, with a dot between. Default `faust`. */
  readonly prefix?: string | undefined
  /** Tags of every metric, beside `app`. The environment's (`DD_ENV` and the like) are added by hot-shots. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Ms after which metrics are sent that fill no packet. Default 1000. */
  readonly flushInterval?: number | undefined
  /** Bytes of a packet. Default 1432, which every network bears. */
  readonly packetSize?: number | undefined
}

/**
 * Sends an app's metrics to a Datadog agent (DogStatsD) over UDP, in full packets. What can't be sent is lost and logged once, at warn;
 * processing never feels it. `close` sends what is left.
 */
export function datadogSensor(options: DatadogOptions = {}): Sensor {
  checkOptions('datadogSensor', options, ['host', 'port', 'prefix', 'tags', 'flushInterval', 'packetSize'])
  const {
    host = '127.0.0.1',
    port = 8125,
    prefix = 'faust',
    tags = {},
    flushInterval = 1000,
    packetSize = 1432,
  } = options
  let client: StatsD | undefined
  return {
    name: 'sensor-datadog',
    contract: SENSOR_CONTRACT,
    ...hooksOf(() => client),
    async start({ app, logger }) {
      let told = false
      client = new StatsD({
        host,
        port,
        prefix: `${prefix}.`,
        bufferFlushInterval: flushInterval,
        maxBufferSize: packetSize,
        datadog: true,
        includeDatadogTelemetry: false,
        globalTags: { ...tags, app },
        errorHandler: (error) => {
          if (!told) logger.warn({ host, port, error }, `Metrics can't be sent to the Datadog agent at ${host}:${port}`)
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
