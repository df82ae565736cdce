import type { TracedHeaders } from '@faust/core'
import type { Context, TextMapGetter, TextMapPropagator, TextMapSetter } from '@opentelemetry/api'

/** Writes a context into a carrier and reads it back: a propagator of the SDK, or the global one. */
export type Propagator = Pick<TextMapPropagator, 'inject' | 'extract'>

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Of headers with one name the last counts, as in Kafka's own clients. */
const getter: TextMapGetter<TracedHeaders> = {
  keys: (headers) => headers.map(([name]) => name),
  get(headers, key) {
    const value = headers.findLast(([name]) => sameName(name, key))?.[1]
    return value === undefined || value === null ? undefined : decoder.decode(value)
  },
}

const setter: TextMapSetter<Map<string, string>> = { set: (fields, key, value) => void fields.set(key, value) }

/** The context that a record brought, on top of `base`. */
export function extract(propagator: Propagator, base: Context, headers: TracedHeaders): Context {
  return headers.length === 0 ? base : propagator.extract(base, headers, getter)
}

/** The headers with the context in the place of one that was there; the same array where there is none to write. */
export function inject(propagator: Propagator, context: Context, headers: TracedHeaders): TracedHeaders {
  const fields = new Map<string, string>()
  propagator.inject(context, fields, setter)
  if (fields.size === 0) return headers
  const added = [...fields].map(([name, value]) => [name, encoder.encode(value)] as const)
  const names = [...fields.keys()]
  return [...headers.filter(([name]) => !names.some((key) => sameName(name, key))), ...added]
}

function sameName(one: string, other: string): boolean {
  return one === other || (one.length === other.length && one.toLowerCase() === other.toLowerCase())
}
