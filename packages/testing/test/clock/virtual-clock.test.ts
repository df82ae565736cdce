import assert from 'node:assert/strict'
import { virtualClock } from '@faust/testing'
import { describe, expect, test } from 'vitest'

/** Runs on the given clock and writes down when each step happened. */
function recorder(clock: ReturnType<typeof virtualClock>): {
  readonly log: string[]
  note: (what: string) => () => void
} {
  const log: string[] = []
  return { log, note: (what) => () => void log.push(`${what}@${clock.monotonic()}`) }
}

describe('virtual clock', () => {
  test('time stands still until it is moved', async () => {
    const clock = virtualClock({ start: 1000 })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(clock.now()).toBe(1000)
    await clock.advance(250)
    expect(clock.now()).toBe(1250)
    expect(clock.monotonic()).toBe(250)
  })

  test('now is a whole number, monotonic keeps fractions', async () => {
    const clock = virtualClock({ start: 1000 })
    await clock.advance(0.75)
    expect(clock.now()).toBe(1000)
    expect(clock.monotonic()).toBe(0.75)
  })

  test('timers fire at their moments, and those of one moment in the order they were set', async () => {
    const clock = virtualClock()
    const { log, note } = recorder(clock)
    clock.setTimeout(note('c'), 20)
    clock.setTimeout(note('a'), 10)
    clock.setTimeout(note('b'), 10)
    clock.setTimeout(note('never'), 31)
    await clock.advance(30)
    expect(log).toEqual(['a@10', 'b@10', 'c@20'])
    expect(clock.pending()).toBe(1)
  })

  test('a timer set by a timer fires within the same move when it is due by its end', async () => {
    const clock = virtualClock()
    const { log, note } = recorder(clock)
    clock.setTimeout(() => {
      note('first')()
      clock.setTimeout(note('second'), 5)
    }, 10)
    await clock.advance(15)
    expect(log).toEqual(['first@10', 'second@15'])
  })

  test('promises settle between two timers of one moment', async () => {
    const clock = virtualClock()
    const { log, note } = recorder(clock)
    clock.setTimeout(() => {
      note('timer 1')()
      void (async () => {
        for (let turn = 0; turn < 20; turn++) await Promise.resolve()
        note('promise')()
      })()
    }, 1)
    clock.setTimeout(note('timer 2'), 1)
    await clock.advance(1)
    expect(log).toEqual(['timer 1@1', 'promise@1', 'timer 2@1'])
  })

  test('an async loop over the clock runs at its own pace', async () => {
    const clock = virtualClock()
    const { log, note } = recorder(clock)
    const loop = (async () => {
      for (let turn = 0; turn < 3; turn++) {
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, 100))
        note(`turn ${turn}`)()
      }
    })()
    await clock.advance(1000)
    await loop
    expect(log).toEqual(['turn 0@100', 'turn 1@200', 'turn 2@300'])
  })

  test('immediates run in order, before the time moves on', async () => {
    const clock = virtualClock()
    const { log, note } = recorder(clock)
    clock.setTimeout(note('timer'), 1)
    clock.setImmediate(() => {
      note('one')()
      clock.setImmediate(note('three'))
    })
    clock.setImmediate(note('two'))
    await clock.advance(1)
    expect(log).toEqual(['one@0', 'two@0', 'three@0', 'timer@1'])
  })

  test('immediates that renew themselves do not starve timers that are due', async () => {
    const clock = virtualClock()
    let stop = false
    const spin = (): void => {
      if (!stop) clock.setImmediate(spin)
    }
    clock.setImmediate(spin)
    clock.setTimeout(() => {
      stop = true
    }, 0)
    await clock.settle()
    expect(stop).toBe(true)
  })

  test('what spins for ever is an error and no hang', async () => {
    const clock = virtualClock()
    const spin = (): void => clock.setImmediate(spin)
    spin()
    await expect(clock.settle()).rejects.toThrow(/spins/)
  })

  test('cancel is idempotent, also from a callback of the same moment and after the fact', async () => {
    const clock = virtualClock()
    const { log, note } = recorder(clock)
    const first = clock.setTimeout(() => {
      note('first')()
      second.cancel()
    }, 5)
    const second = clock.setTimeout(note('second'), 5)
    await clock.advance(10)
    first.cancel()
    second.cancel()
    second.cancel()
    expect(log).toEqual(['first@5'])
    expect(clock.pending()).toBe(0)
  })

  test('runUntilIdle ends when no timer is left, and refuses what never ends', async () => {
    const clock = virtualClock()
    const { log, note } = recorder(clock)
    clock.setTimeout(note('far'), 3_600_000)
    await clock.runUntilIdle()
    expect(log).toEqual(['far@3600000'])
    const beat = (): void => void clock.setTimeout(beat, 1000)
    beat()
    await expect(clock.runUntilIdle(10_000)).rejects.toThrow(/repeats itself/)
  })

  test('run moves on until the work has settled, and no further', async () => {
    const clock = virtualClock()
    const beat = (): void => void clock.setTimeout(beat, 10)
    beat()
    const answer = await clock.run(async () => {
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 55))
      return 'done'
    })
    expect(answer).toBe('done')
    expect(clock.monotonic()).toBe(55)
    await expect(clock.run(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })

  test('run waits in real time for what goes on outside, while no timer is set', async () => {
    const clock = virtualClock()
    const answer = await clock.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1000))
      return clock.monotonic()
    })
    expect(answer).toBe(1000)
  })

  test('run says so when the work waits for nothing', async () => {
    const clock = virtualClock()
    await expect(clock.run(() => new Promise(() => undefined))).rejects.toThrow(/no timer/)
  })

  test('two moves at once are refused', async () => {
    const clock = virtualClock()
    const first = clock.advance(10)
    await expect(clock.advance(10)).rejects.toThrow(/already/)
    await first
    expect(clock.monotonic()).toBe(10)
  })

  test('the wall clock may jump; timers and monotonic do not notice', async () => {
    const clock = virtualClock({ start: 10_000 })
    const { log, note } = recorder(clock)
    clock.setTimeout(note('timer'), 5)
    clock.jump(-4000)
    expect(clock.now()).toBe(6000)
    await clock.advance(5)
    expect(log).toEqual(['timer@5'])
  })

  test('chance is the same for the same seed and differs for another', () => {
    const draw = (seed: number): unknown[] => {
      const clock = virtualClock({ seed })
      return [clock.random(), clock.random(), clock.uuid(), clock.uuid()]
    }
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    const [number, , uuid, other] = draw(7)
    assert.ok(typeof number === 'number' && number >= 0 && number < 1)
    expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    expect(uuid).not.toBe(other)
  })

  test('many timers in random order fire in the order of their moments', async () => {
    const clock = virtualClock({ seed: 3 })
    const fired: number[] = []
    for (let index = 0; index < 500; index++) {
      const due = Math.floor(clock.random() * 100)
      const timer = clock.setTimeout(() => fired.push(due), due)
      if (index % 3 === 0) timer.cancel()
    }
    await clock.runUntilIdle()
    expect(fired).toHaveLength(333)
    expect(fired).toEqual([...fired].sort((a, b) => a - b))
  })
})
