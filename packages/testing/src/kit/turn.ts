import type { Clock } from '@faust/core'

/**
 * Lets the event loop turn once, and a virtual clock see that there is more to do before time moves on. Every loop of a
 * kit that asks an adapter again and again does this in between: an adapter that answers wrongly but at once would
 * otherwise keep the timer that bounds the case from firing.
 */
export function turn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.setImmediate(resolve))
}
