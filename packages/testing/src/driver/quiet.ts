import { type AppStatus, FaustError } from '@faust/core'
import { describeHands, describeOverrun } from './report.ts'
import type { TestWorld } from './test-world.ts'

/** Ms of real time between two looks at handlers that do real work. */
const LOOK_AGAIN = 1

/** How long is waited for what neither the clock nor the apps decide. */
export interface QuietOptions {
  /** Ms of real time in which nothing may move. 0: it is not waited for. */
  readonly patience: number
  /** Throws when there is no point in waiting. */
  readonly check: () => void
}

/**
 * Lets the apps of a world work until nothing more can happen unless the clock is moved. Every promise, turn and timer
 * that is due has then had its consequences: all records that could be read were read, handled and answered. What may
 * be left is waiting for time (a sleeping handler, a `take` that gathers), or for the world outside (a file, a
 * server, the test itself): the latter is known by the handlers and serializers that have not come back, and waited for
 * in real time. The clock is moved through the back-offs of values that have
 * failed, and of functions that failed before they had one: they are tried again until they succeed or end by policy.
 */
export async function quiet(world: TestWorld, { patience, check }: QuietOptions): Promise<void> {
  let seen = ''
  let deadline = 0
  for (;;) {
    await world.move((clock) => clock.settle())
    check()
    const { overrun } = world.rounds
    if (overrun !== undefined) {
      throw new FaustError('FAUST_TIMEOUT', describeOverrun(overrun), { details: { ...overrun } })
    }
    const backOff = shortestBackOff(world)
    if (backOff !== undefined) {
      await world.move((clock) => clock.advance(backOff))
      continue
    }
    if (await commitExactly(world)) continue
    if (!waitsForTheWorld(world) || patience === 0) return
    const statuses = [...world.apps].map((app) => app.status())
    const now = performance.now()
    const moment = JSON.stringify(statuses)
    if (moment !== seen) deadline = now + patience
    seen = moment
    // Serializers may sleep on the test's clock, too.
    if (now >= deadline && world.ownTimers > 0) return
    if (now >= deadline)
      throw new FaustError('FAUST_TIMEOUT', describeHands(statuses, patience), { details: { statuses } })
    await new Promise((resolve) => void setTimeout(resolve, LOOK_AGAIN))
  }
}

/**
 * Under exactly-once what handlers have sent reaches the log with the commit of their values, which time would bring.
 * Answers whether anything was committed: others may have something to do then.
 */
async function commitExactly(world: TestWorld): Promise<boolean> {
  let committed = false
  for (const app of world.apps) {
    if (!hasToCommit(app.status())) continue
    if (!(await world.run(() => app.commit()))) return false
    committed = true
  }
  return committed
}

function hasToCommit({ guarantee, partitions, sending, serializing, state }: AppStatus): boolean {
  if (guarantee !== 'exactly-once' || state !== 'running' || serializing > 0) return false
  // A commit would wait for a handler that is still at work.
  if (partitions.some(({ agents }) => agents.some(({ inHand, waiting }) => inHand > 0 || waiting > 0))) return false
  return sending > 0 || partitions.some(({ committed, frontier, live }) => live && frontier > committed)
}

/** Ms until the first value that has failed is tried again, or a function that failed without one. An app that stops tries none. */
function shortestBackOff(world: TestWorld): number | undefined {
  const statuses = [...world.apps].map((app) => app.status())
  const values = statuses
    .flatMap(({ partitions }) => partitions)
    .flatMap(({ agents }) => agents.flatMap(({ retrying }) => retrying?.in ?? []))
  const functions = statuses.flatMap(({ failing }) => failing.map((agent) => agent.in))
  const waiting = [...values, ...functions].filter((delay) => delay > 0)
  return waiting.length === 0 ? undefined : Math.min(...waiting)
}

/**
 * Some serializer has not answered; or some handler has a value in hand although everything due has run, and it is not
 * time that it waits for: the program has set no timer on the test's clock.
 */
function waitsForTheWorld(world: TestWorld): boolean {
  if (world.serializing) return true
  if (world.ownTimers > 0) return false
  return [...world.apps].some((app) =>
    app.status().partitions.some(({ agents }) => agents.some(({ inHand }) => inHand > 0)),
  )
}
