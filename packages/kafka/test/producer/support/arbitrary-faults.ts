import fc from 'fast-check'
import type { Fate } from './fake-network.ts'

/** Fates of requests, most of them good. `errors` are answers that any request of its kind may get at any time. */
export function arbitraryFates(errors: readonly number[]): fc.Arbitrary<Fate[]> {
  const fate = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>('served') },
    { weight: 2, arbitrary: fc.constantFrom<Fate>('unsent', 'request lost', 'answer lost') },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 5000 }).map((late): Fate => ({ late })) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 5000 }).map((slow): Fate => ({ slow })) },
    { weight: 1, arbitrary: fc.constantFrom(...errors).map((error): Fate => ({ error })) },
    { weight: 1, arbitrary: fc.constantFrom(7, 13, 20).map((but): Fate => ({ but })) },
  )
  return fc.array(fate, { maxLength: 40 })
}
