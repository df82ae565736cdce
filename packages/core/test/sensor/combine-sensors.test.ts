import { describe, expect, it } from 'vitest'
import { SENSOR_CONTRACT, consoleLogger } from '../../src/index.ts'
import type { Logger, Sensor } from '../../src/index.ts'
import { combineSensors } from '../../src/sensor/combine-sensors.ts'

function capture(): { logger: Logger; lines: string[] } {
  const lines: string[] = []
  return { lines, logger: consoleLogger({ write: (line) => lines.push(line.split('\n')[0]!) }) }
}

function sensor(name: string, hooks: Partial<Sensor>, calls: string[] = []): Sensor {
  return {
    name,
    contract: SENSOR_CONTRACT,
    start: async () => void calls.push(`start ${name}`),
    close: async () => void calls.push(`close ${name}`),
    ...hooks,
  }
}

describe('combineSensors', () => {
  it('has the hooks that somebody listens to, and no others', () => {
    const { logger } = capture()
    const hooks = (one: Sensor): string[] => Object.keys(one).filter((key) => key.startsWith('on'))
    expect(hooks(combineSensors([], logger))).toEqual([])
    const both = [sensor('a', { onState: () => {} }), sensor('b', { onTable: () => {}, onState: () => {} })]
    expect(hooks(combineSensors(both, logger)).toSorted()).toEqual(['onState', 'onTable'])
  })

  it('tells everybody who listens, with their own this', () => {
    const heard: string[] = []
    class Mine {
      name = 'mine'
      contract = SENSOR_CONTRACT
      heard = heard
      async start(): Promise<void> {}
      async close(): Promise<void> {}
      onState({ state }: { state: string }): void {
        this.heard.push(`mine ${state}`)
      }
    }
    const { logger } = capture()
    const all = combineSensors(
      [new Mine(), sensor('deaf', {}), sensor('b', { onState: ({ state }) => void heard.push(`b ${state}`) })],
      logger,
    )
    all.onState?.({ state: 'running' })
    expect(heard).toEqual(['mine running', 'b running'])
  })

  it('drops a sensor that throws, with one line, and nobody else feels it', () => {
    const { logger, lines } = capture()
    let good = 0
    let bad = 0
    const fail = (): void => {
      bad++
      throw new TypeError('undefined is not a function')
    }
    const all = combineSensors(
      [sensor('bad', { onState: fail, onFailed: fail }), sensor('good', { onState: () => void good++ })],
      logger,
    )
    for (let i = 0; i < 3; i++) all.onState?.({ state: 'running' })
    all.onFailed?.({
      agent: 'a',
      topic: 't',
      partition: 0,
      offset: 0,
      error: new Error('x'),
      attempts: 1,
      outcome: 'stop',
    })
    expect([good, bad]).toEqual([3, 1])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('The sensor bad failed in onState and is told nothing more')
    expect(lines[0]).toContain('undefined is not a function')
  })

  it('drops a sensor whose hook rejects later', async () => {
    const { logger, lines } = capture()
    let calls = 0
    const reject = (): unknown => {
      calls++
      return Promise.reject(new Error('later'))
    }
    const late = sensor('late', { onState: reject })
    const all = combineSensors([late], logger)
    all.onState?.({ state: 'a' })
    all.onState?.({ state: 'b' })
    await new Promise((resolve) => setTimeout(resolve, 0))
    all.onState?.({ state: 'c' })
    expect(calls).toBe(2)
    expect(lines).toHaveLength(1)
  })

  it('starts in order and closes in reverse', async () => {
    const calls: string[] = []
    const all = combineSensors([sensor('a', {}, calls), sensor('b', {}, calls)], capture().logger)
    await all.start({} as never)
    await all.close()
    expect(calls).toEqual(['start a', 'start b', 'close b', 'close a'])
  })
})
