import type { Serializer } from '../serializer/serializer.ts'
import type { TtlRule } from '../table/ttl/ttl-rule.ts'
import type { Aligned } from '../window/aligned.ts'

// The form of a table says in words what decides the meaning of its stored bytes, and nothing else: a table that holds
// something can be declared otherwise in everything but this. So there is no `grace`, no `retention` and no length of a
// `ttl` in it, which say when something ends, and no `gap` of sessions, each of which is stored with its start and end.
//
// Forms are kept with committed offsets: other words for the same thing would refuse every table there is.

type Named = Pick<Serializer<unknown>, 'name'>

export function dictionaryForm(key: Named, value: Named, partitionBy: 'key' | 'source'): string {
  return `${key.name} keys, ${value.name} values${partitionBy === 'source' ? ', shards by source' : ''}`
}

export function setForm(key: Named, element: Named): string {
  return `${key.name} keys, sets of ${element.name}`
}

export function ttlForm(values: string, { time }: Pick<TtlRule, 'time'>): string {
  return by(time, `${values}, ttl`)
}

export function alignedForm(values: string, { size, step }: Aligned, { time }: Pick<TtlRule, 'time'>): string {
  return by(time, `${values}, ${step === size ? `tumbling ${size} ms` : `hopping ${size} ms every ${step} ms`}`)
}

export function slidingForm(values: string, size: number, { time }: Pick<TtlRule, 'time'>): string {
  return by(time, `${values}, sliding ${size} ms`)
}

export function sessionForm(values: string, { time }: Pick<TtlRule, 'time'>): string {
  return by(time, `${values}, sessions`)
}

/** Times that are stored are those of records, unless they are the clock's. */
function by(time: 'event' | 'clock', form: string): string {
  return time === 'clock' ? `${form} by the clock` : form
}
