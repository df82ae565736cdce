import type { MaybePromise } from '../service/maybe-promise.ts'
import { isPromise } from '../service/maybe-promise.ts'
import { FaustError } from '../service/errors.ts'
import type { SchemaIssue, SchemaResult, StandardSchema } from './standard-schema.ts'

/** As many problems as one message names; a bad array of a thousand must not fill the log. */
const NAMED = 3

/**
 * The schema's output for a value, at once when the schema answers at once. `FAUST_VALIDATION` names where something was
 * wrong and what, in the schema's words: whether those quote the value is the schema's choice (zod's do not, valibot's
 * do). For serializers of any format.
 */
export function validateValue<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  context: { readonly topic: string; readonly part: 'key' | 'value' },
): MaybePromise<Output> {
  const result = schema['~standard'].validate(value)
  return isPromise(result) ? result.then((settled) => outputOf(settled, context)) : outputOf(result, context)
}

function outputOf<Output>(
  result: SchemaResult<Output>,
  context: { readonly topic: string; readonly part: 'key' | 'value' },
): Output {
  if (result.issues === undefined) return result.value
  const { topic, part } = context
  const issues = result.issues
  const named = issues.slice(0, NAMED).map((issue) => describeIssue(issue))
  const more = issues.length > NAMED ? `; and ${issues.length - NAMED} more` : ''
  const problems = named.length === 0 ? 'the schema gave no reason' : named.join('; ')
  throw new FaustError(
    'FAUST_VALIDATION',
    `The ${part} of a record of '${topic}' does not match its schema: ${problems}${more}`,
    { details: { topic, part, paths: issues.map((issue) => pathOf(issue)) } },
  )
}

function describeIssue(issue: SchemaIssue): string {
  const path = pathOf(issue)
  return path === '' ? issue.message : `${path}: ${issue.message}`
}

/** `items[3].price`; empty for the whole value. */
function pathOf(issue: SchemaIssue): string {
  let path = ''
  for (const segment of issue.path ?? []) {
    const key = typeof segment === 'object' ? segment.key : segment
    path = appendKey(path, key)
  }
  return path
}

/** A path with one step more: `order` and `total` give `order.total`, `items` and 3 give `items[3]`. */
export function appendKey(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`
  const name = String(key)
  if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
