import type { Sensor } from '@faust/core'

/** Adds up the time that hooks of sensors take: it does not depend on how busy the machine is between them. */
export function stopwatch(): { around(sensor: Sensor): Sensor; spent(): number } {
  let spent = 0
  const timed =
    (hook: (facts: unknown) => void) =>
    (facts: unknown): void => {
      const begun = performance.now()
      hook(facts)
      spent += performance.now() - begun
    }
  return {
    around(sensor) {
      const hooks = Object.entries(sensor).filter(([name]) => name.startsWith('on'))
      return { ...sensor, ...Object.fromEntries(hooks.map(([name, hook]) => [name, timed(hook.bind(sensor))])) }
    },
    /** Ms. */
    spent: () => spent,
  }
}
