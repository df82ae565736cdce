import type { Clock } from '../../../../src/service/clock.ts'
import type { Broker } from '../../../../src/transport/embedded/log/broker.ts'

/** A process that can be stopped and let go on: its timers wait, and what it asks reaches the log afterwards. */
export interface Pausable {
  readonly clock: Clock
  link(log: Broker): Broker
  pause(): void
  resume(): void
}

export function pausable(clock: Clock): Pausable {
  let waiting: (() => void)[] | null = null
  const whenRunning = (run: () => void) => {
    if (waiting === null) run()
    else waiting.push(run)
  }
  return {
    clock: {
      ...clock,
      setTimeout: (callback, delay) => {
        let cancelled = false
        const timer = clock.setTimeout(() => whenRunning(() => cancelled || callback()), delay)
        return {
          cancel: () => {
            cancelled = true
            timer.cancel()
          },
        }
      },
      setImmediate: (callback) => clock.setImmediate(() => whenRunning(callback)),
    },
    link: (log) =>
      new Proxy(log, {
        get: (target, name) => {
          const operation: unknown = Reflect.get(target, name, target)
          if (typeof operation !== 'function') return operation
          return (...args: unknown[]): unknown => {
            if (waiting === null || name === 'watchTopics') return Reflect.apply(operation, target, args)
            return new Promise((resolve, reject) => {
              whenRunning(() => {
                try {
                  resolve(Reflect.apply(operation, target, args))
                } catch (error) {
                  reject(error)
                }
              })
            })
          }
        },
      }),
    pause: () => {
      waiting ??= []
    },
    resume: () => {
      const held = waiting ?? []
      waiting = null
      for (const run of held) run()
    },
  }
}
