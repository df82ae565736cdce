import { FaustError } from '../service/errors.ts'

/** The error for an `update` that was given no function. */
export function notAChange(table: string, change: unknown): FaustError {
  return new FaustError(
    'FAUST_SETTING_INVALID',
    `Table ${table}: update(key, change) was given no function but ${typeof change}. Give what makes the new value of the old: ` +
      `update(key, (value) => value + 1). To set a value as it is use set(key, value).`,
    { details: { table } },
  )
}
