import type { Clock } from '../../service/clock.ts'
import { isFaustError } from '../../service/errors.ts'
import { abortable, sleep } from '../../service/wait.ts'

/** Ms between two tries while the log does not answer. */
export const RETRY_PAUSE = 50

/**
 * Asks until there is an answer: a log that is out of reach for a while does not end a worker. Rejects with what another
 * try can't mend, and with `FAUST_ABORTED` when the signal fires: a partition that is taken away again must not wait for an
 * answer that may never come.
 */
export async function untilAnswered<T>(
  { clock }: { readonly clock: Clock },
  signal: AbortSignal,
  request: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await abortable(request(), signal, 'The request')
    } catch (error) {
      if (!(isFaustError(error) && error.retriable)) throw error
      await sleep(clock, RETRY_PAUSE, signal)
    }
  }
}
