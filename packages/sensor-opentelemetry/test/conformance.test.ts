import { sensorConformance } from '@faust/testing'
import { afterAll, test } from 'vitest'
import { opentelemetrySensor } from '../src/index.ts'
import { metering, tracing } from './support/sdk.ts'

const [meters, traces] = [metering(), tracing()]
afterAll(async () => {
  await Promise.all([meters.close(), traces.close()])
})

sensorConformance({
  test,
  traces: true,
  create: () =>
    opentelemetrySensor({ ...meters.options, ...traces.options, metrics: true, traces: true, exceptions: true }),
})
