import { afterEach } from 'vitest'
import { App, type AppOptions, createApp, embeddedTransport, silentLogger } from '../../src/index.ts'
import type { EmbeddedLog } from '../../src/transport/embedded/log/embedded-log.ts'

const apps: App[] = []

/** An app on the embedded log that says nothing, commits often and is stopped after its test. */
export function testApp(options: Partial<AppOptions> & { readonly log?: EmbeddedLog } = {}): App {
  const { log, ...rest } = options
  const app = createApp({
    id: 'test',
    commitInterval: 20,
    failures: { backoff: 1 },
    logger: silentLogger,
    ...(log && { transport: embeddedTransport({ log }) }),
    ...rest,
  })
  app.done.catch(() => {})
  apps.push(app)
  return app
}

afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop().catch(() => {})))
})
