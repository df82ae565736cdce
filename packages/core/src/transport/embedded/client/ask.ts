import { FaustError, isFaustError } from '../../../service/errors.ts'
import { isPromise } from '../../../service/maybe-promise.ts'
import type { MaybePromise } from '../../../service/maybe-promise.ts'
import { sleep } from '../../../service/wait.ts'
import { closedError } from './client.ts'
import type { Client } from './client.ts'

/** Ms before the second try; doubled for each further one … */
const FIRST_DELAY = 1
/** … up to this. */
const LAST_DELAY = 20
/** Ms that the log may take to answer what it answers at once. */
export const ANSWER_TIMEOUT = 30_000

/** How a request is made. */
export interface AskOptions<T> {
  /** For messages: what is asked, e.g. `Committing offsets of group "a"`. */
  readonly what: string
  /** Ms for all tries together; then the last answer or error is given as it is. */
  readonly within: number
  /** Ms for one try. Default 30,000. */
  readonly answerWithin?: number | undefined
  /** True for an answer that says to try again. */
  readonly again?: ((answer: T) => boolean) | undefined
  /** Ends it with `FAUST_CLOSED`. */
  readonly signal?: AbortSignal | undefined
}

/** Asks the log, again after a lost answer or one that says so, with back-off on the clock. */
export async function ask<T>(client: Client, request: () => MaybePromise<T>, options: AskOptions<T>): Promise<T> {
  const deadline = client.clock.monotonic() + options.within
  const turn = client.turns.next()
  if (turn !== undefined) await turn
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 2, LAST_DELAY)) {
    try {
      const answer = await once(client, request, options)
      if (options.again?.(answer) !== true || client.clock.monotonic() >= deadline) return answer
    } catch (error) {
      const lost = isFaustError(error, 'FAUST_TRANSPORT_UNAVAILABLE') && error.retriable
      if (!lost || client.clock.monotonic() >= deadline) throw error
    }
    await sleep(client.clock, delay, client.killed).catch(() => {
      throw closedError(options.what)
    })
  }
}

/** Asks once, for a bounded time. Synchronous where the log is. */
export function once<T>(
  client: Client,
  request: () => MaybePromise<T>,
  options: Pick<AskOptions<T>, 'what' | 'answerWithin' | 'signal'>,
): MaybePromise<T> {
  const { what, answerWithin = ANSWER_TIMEOUT, signal } = options
  if (client.killed.aborted || signal?.aborted === true) throw closedError(what)
  const answer = request()
  if (!isPromise(answer)) return answer
  return new Promise<T>((resolve, reject) => {
    const timer = client.clock.setTimeout(() => {
      const message = `${what} got no answer within ${answerWithin} ms: it is tried again while there is time`
      settle(() => reject(new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { retriable: true })))
    }, answerWithin)
    const end = () => settle(() => reject(closedError(what)))
    const settle = (how: () => void) => {
      timer.cancel()
      client.killed.removeEventListener('abort', end)
      signal?.removeEventListener('abort', end)
      how()
    }
    client.killed.addEventListener('abort', end)
    signal?.addEventListener('abort', end)
    answer.then(
      (value) => settle(() => resolve(value)),
      (error: unknown) => settle(() => reject(error)),
    )
  })
}
