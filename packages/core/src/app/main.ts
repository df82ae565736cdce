import type { Clock } from '../service/clock.ts'
import { deferred } from '../service/deferred.ts'
import { isFaustError, messageOf } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import type { Monitor } from '../sensor/monitor.ts'
import { counted } from '../service/counted.ts'

/** Exit code of a process that a second signal ends at once. */
const IMPATIENT = 130

/** What a program is run by. */
interface Runnable {
  readonly id: string
  readonly state: string
  readonly monitor: Monitor
  readonly done: Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** Runs an app as a program of its own. */
export async function runMain(app: Runnable, logger: Logger, clock: Clock): Promise<void> {
  const begun = clock.monotonic()
  const asked = deferred()
  let signals = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    signals++
    if (signals > 1) process.exit(IMPATIENT)
    logger.info(`${signal}: finishing what is in hand; once more ends at once`)
    asked.resolve()
  }
  // Without an agent that polls, or once its tasks have ended, nothing else may keep the process from ending in mid-air.
  const hold = clock.setTimeout(() => {}, Number.MAX_SAFE_INTEGER)
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    // A signal may come while it starts, which can take as long as its tables take to be restored.
    const starting = app.start()
    await Promise.race([starting, asked.promise])
    await Promise.race([asked.promise, app.done])
    await app.stop()
    await starting.catch(() => {})
    await app.done
    logger.info(summary(app, clock.monotonic() - begun))
  } catch (error) {
    // The app may have been stopped by its own program while it started.
    if (app.state === 'stopped' && isFaustError(error, 'FAUST_ABORTED')) return
    process.exitCode = 1
    // A crash while running was logged where it happened; a failed start was not.
    if (app.state !== 'crashed') logger.error({ error }, messageOf(error))
    await app.stop().catch(() => {})
  } finally {
    hold.cancel()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
}

function summary(app: Runnable, duration: number): string {
  const { totals } = app.monitor.snapshot()
  return (
    `${app.id} ran ${(duration / 1000).toFixed(1)} s: ${counted(totals.received, 'record')} received, ` +
    `${totals.processed} processed, ${totals.sent} sent, ${counted(totals.commits, 'commit')}`
  )
}
