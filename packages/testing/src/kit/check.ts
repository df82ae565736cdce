import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { isFaustError } from '@faust/core'

/** Fails with the rule that was broken, and then with what was seen. */
export function fail(rule: string, seen?: string): never {
  throw new assert.AssertionError({
    message: seen === undefined ? `The contract: ${rule}` : `The contract: ${rule}\n${seen}`,
  })
}

/** Deep equality; a failure names the rule and shows the difference. */
export function equal<T>(actual: T, expected: T, rule: string): void {
  try {
    assert.deepEqual(actual, expected)
  } catch (error) {
    throw new assert.AssertionError({ message: `The contract: ${rule}\n${messageOf(error)}`, actual, expected })
  }
}

/** A condition; `seen` says what was found instead. */
export function ok(condition: unknown, rule: string, seen?: string): asserts condition {
  if (condition === false || condition === undefined || condition === null) fail(rule, seen)
}

/** The call must fail, by throwing or by rejecting, with a `FaustError` of one of these codes. */
export async function rejects(call: () => unknown, codes: string | readonly string[], rule: string): Promise<unknown> {
  const wanted = typeof codes === 'string' ? [codes] : codes
  const outcome = await settle(call)
  if (outcome.error === undefined) fail(rule, `Expected ${wanted.join(' or ')}, but the call succeeded`)
  const { error } = outcome
  if (!isFaustError(error)) fail(rule, `Expected ${wanted.join(' or ')} as a FaustError, got ${describe(error)}`)
  if (wanted.length > 0 && !wanted.includes(error.code)) {
    fail(rule, `Expected ${wanted.join(' or ')}, got ${describe(error)}`)
  }
  return error
}

/** Whatever a call did, as a value. */
export async function settle(call: () => unknown): Promise<{ value?: unknown; error?: unknown }> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error: error ?? new Error('It rejected with nothing') }
  }
}

/** An error in one line. */
export function describe(error: unknown): string {
  if (isFaustError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : inspect(error, { depth: 1 })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
