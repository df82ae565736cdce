import { bounded } from './bounded.ts'

/** Ends what a case has opened, last opened first, also when the case failed. */
export interface Cleanup {
  /** Remembers how to end something. */
  add(what: string, end: () => unknown): void
  /** Ends everything, each within `bound` ms. Rejects with the first failure, after having tried all. */
  run(bound: number): Promise<void>
}

/** A new, empty list. */
export function createCleanup(): Cleanup {
  const ends: { readonly what: string; readonly end: () => unknown }[] = []
  return {
    add: (what, end) => void ends.push({ what, end }),
    async run(bound) {
      let failure: { readonly error: unknown } | undefined
      for (let next = ends.pop(); next !== undefined; next = ends.pop()) {
        const { what, end } = next
        try {
          await bounded(() => end(), bound, `The end of ${what} did not come`)
        } catch (error) {
          failure ??= { error }
        }
      }
      if (failure !== undefined) throw failure.error
    },
  }
}

/** Runs a case and then its clean-up; the case's own failure is the one that is told. */
export async function withCleanup(bound: number, run: (cleanup: Cleanup) => Promise<void>): Promise<void> {
  const cleanup = createCleanup()
  try {
    await run(cleanup)
  } catch (error) {
    await cleanup.run(bound).catch(() => undefined)
    throw error
  }
  await cleanup.run(bound)
}
