import { type FaustError, isFaustError } from '@faust/core'
import { expect } from 'vitest'

/** The error of a promise that has to fail. */
export async function failure(promise: Promise<unknown>): Promise<FaustError> {
  const error: unknown = await promise.then(
    () => expect.unreachable('it succeeded'),
    (error: unknown) => error,
  )
  if (!isFaustError(error)) throw error
  return error
}
