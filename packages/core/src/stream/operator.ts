import { isPromise, type MaybePromise } from '../service/maybe-promise.ts'
import type { Delivery } from '../processing/task/delivery.ts'

/** What an operator answers for a value that goes no further. */
export const SKIP: unique symbol = Symbol('skip')

/** A step that needs neither topic nor state. `make` gives one run of it: operators with memory start afresh each time. */
export interface Operator {
  readonly kind: string
  /** Tells two declarations of one operator from each other. */
  readonly identity: unknown
  readonly make: () => Step
}

/** One run of an operator. */
export type Step = (value: unknown, delivery: Delivery) => MaybePromise<unknown>

/** Sends a value through steps; a promise only when a step gives one. */
export function runSteps(steps: readonly Step[], value: unknown, delivery: Delivery, from = 0): MaybePromise<unknown> {
  let current = value
  for (let index = from; index < steps.length; index++) {
    const next = steps[index]!(current, delivery)
    if (isPromise(next)) {
      return next.then((settled) => (settled === SKIP ? SKIP : runSteps(steps, settled, delivery, index + 1)))
    }
    if (next === SKIP) return SKIP
    current = next
  }
  return current
}

/** Keeps the values for which `keep` is true. */
export function filterOperator(keep: (value: never) => MaybePromise<boolean>): Operator {
  const step: Step = (value) => {
    const kept = keep(value as never)
    if (isPromise(kept)) return kept.then((yes) => (yes ? value : SKIP))
    return kept ? value : SKIP
  }
  return { kind: 'filter', identity: keep, make: () => step }
}

/** Puts `change(value)` in the place of each value. */
export function mapOperator(change: (value: never) => MaybePromise<unknown>): Operator {
  return { kind: 'map', identity: change, make: () => (value) => change(value as never) }
}

/** Numbers the values, from `start`. */
export function enumerateOperator(start: number): Operator {
  return {
    kind: 'enumerate',
    identity: start,
    make: () => {
      let index = start
      return (value) => [index++, value]
    },
  }
}

/** Gives each value as an event, with its key, headers, timestamp and place. */
export const eventOperator: Operator = {
  kind: 'event',
  identity: undefined,
  make: () => (value, delivery) => {
    const loading = delivery.loadKey()
    return loading === undefined ? delivery.event(value) : loading.then(() => delivery.event(value))
  },
}
