import { checkOptions, type Sensor, SENSOR_CONTRACT, type ServiceState } from '@faust/core'
import { claim } from './claims.ts'
import { record, type Recording } from './hooks.ts'
import { type AnyRegistry, type Metrics, metricsOf, type PromClient, wrong } from './metrics.ts'

/** Where the metrics go. */
export interface PrometheusOptions {
  /** The module: `import * as client from 'prom-client'`. */
  readonly client: PromClient
  /** Apps may share one, each with one sensor. Default `client.register`, prom-client's own. */
  readonly registry?: AnyRegistry | undefined
  /** Upper bounds of the histograms, in seconds, ascending. Default 1 ms to five minutes. */
  readonly buckets?: readonly number[] | undefined
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** All states, so that those the app is not in are there as 0; a missing one is a type error. */
const STATES: Readonly<Record<ServiceState, true>> = {
  idle: true,
  starting: true,
  running: true,
  stopping: true,
  stopped: true,
  crashed: true,
}

/**
 * Keeps an app's metrics in a prom-client registry, for Prometheus to scrape wherever you serve it. Nothing is sent, and no timer
 * runs. `close` removes what tells how things are; what was counted stays, and so does the state.
 */
export function prometheusSensor(options: PrometheusOptions): Sensor {
  checkOptions('prometheusSensor', options, ['client', 'registry', 'buckets'])
  const { client, registry = client?.register, buckets = BUCKETS } = options
  check(client, buckets)
  let metrics: Metrics | undefined
  let recording: Recording | undefined
  let release: (() => void) | undefined
  let app = ''
  let state = 'idle'
  const states = new Set(Object.keys(STATES))

  const tellState = (): void => {
    if (metrics === undefined) return
    for (const each of states.add(state)) metrics.gauges.state.set({ app, state: each }, each === state ? 1 : 0)
  }
  return {
    name: 'sensor-prometheus',
    contract: SENSOR_CONTRACT,

    async start(context) {
      const made = metricsOf(client, registry, buckets)
      release = claim(registry, context.app)
      app = context.app
      metrics = made
      recording = record(app, metrics)
      tellState()
    },
    async close() {
      recording?.end()
      recording = undefined
      release?.()
      release = undefined
    },

    onReceived: (facts) => recording?.onReceived(facts),
    onProcessed: (facts) => recording?.onProcessed(facts),
    onFailed: (facts) => recording?.onFailed(facts),
    onStall: (facts) => recording?.onStall(facts),
    onSent: (facts) => recording?.onSent(facts),
    onBackPressure: (facts) => recording?.onBackPressure(facts),
    onTable: (facts) => recording?.onTable(facts),
    onCommit: (facts) => recording?.onCommit(facts),
    onRebalance: (facts) => recording?.onRebalance(facts),
    onReleased: (facts) => recording?.onReleased(facts),
    onRestore: (facts) => recording?.onRestore(facts),
    onStandby: (facts) => recording?.onStandby(facts),
    onState(facts) {
      state = facts.state
      tellState()
    },
  }
}

function check(client: PromClient | undefined, buckets: readonly number[]): void {
  const kinds = ['Counter', 'Gauge', 'Histogram'] as const
  if (client === undefined || kinds.some((kind) => typeof client[kind] !== 'function')) {
    throw wrong('client', "must be the module: `import * as client from 'prom-client'`.")
  }
  if (buckets.some((bound, index) => !Number.isFinite(bound) || bound <= (buckets[index - 1] ?? 0))) {
    const given = `is [${buckets.join(', ')}]`
    throw wrong('buckets', `${given}. It must be positive seconds, ascending.`)
  }
}
