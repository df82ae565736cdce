import { setTimeout as wait } from 'node:timers/promises'
import { ServicesError } from './errors.ts'

const PAUSE_MS = 25

/**
 * Asks until the answer is `true`, at most `timeoutMs` long. The error says `what` was waited for, and what `explain`
 * finds. A throw from `ask` ends the wait at once.
 */
export async function until(
  what: string,
  timeoutMs: number,
  ask: () => boolean | Promise<boolean>,
  explain?: () => Promise<string>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await ask())) {
    if (performance.now() >= deadline) {
      const details = explain === undefined ? '' : `\n${await explain()}`
      throw new ServicesError(`Waited ${timeoutMs / 1000} s in vain for ${what}.${details}`)
    }
    await wait(PAUSE_MS)
  }
}
