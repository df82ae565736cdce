import { getActiveResourcesInfo } from 'node:process'
import type { Clock } from '@faust/core'
import { fail } from '../kit/check.ts'

/** Ms that the machine may take to let go of what was closed. */
const PATIENCE = 1000

/** A clock that shows which of its timers still wait. */
export function countingClock(clock: Clock, waiting: Set<unknown>): Clock {
  return {
    ...clock,
    setTimeout(callback, delay) {
      const token = {}
      waiting.add(token)
      const timer = clock.setTimeout(() => {
        waiting.delete(token)
        callback()
      }, delay)
      return {
        cancel() {
          waiting.delete(token)
          timer.cancel()
        },
      }
    },
  }
}

/** How many timers and sockets keep this process alive, by kind. */
export function heldResources(): ReadonlyMap<string, number> {
  const held = new Map<string, number>()
  for (const kind of getActiveResourcesInfo()) {
    if (/^(Timeout|TCP|UDP|TLS)/.test(kind)) held.set(kind, (held.get(kind) ?? 0) + 1)
  }
  return held
}

/** Waits until there is no more of any kind than there was. */
export async function nothingMoreThan(before: ReadonlyMap<string, number>, rule: string): Promise<void> {
  const more = (): string[] =>
    [...heldResources()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
  const end = performance.now() + PATIENCE
  // Turns and no timer: that would be one more.
  while (more().length > 0 && performance.now() < end) await new Promise((resolve) => void setImmediate(resolve))
  const left = more()
  if (left.length > 0) fail(rule, `It left ${left.join(', ')}`)
}
