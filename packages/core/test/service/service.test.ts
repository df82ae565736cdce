import { expect, test } from 'vitest'
import { Service } from '../../src/service/service.ts'

class Recorded extends Service {
  readonly #log: string[]
  crashes: unknown[] = []

  constructor(name: string, log: string[]) {
    super(name)
    this.#log = log
  }
  with(child: Service): this {
    void this.addChild(child)
    return this
  }
  protected override onStart(): Promise<void> | void {
    this.#log.push(`start ${this.name}`)
  }
  protected override onStop(): void {
    this.#log.push(`stop ${this.name}`)
  }
  protected override onCrash(error: unknown): void {
    this.crashes.push(error)
  }
  beside(work: () => Promise<void>): Promise<void> {
    return this.run('work', work)
  }
}

class Failing extends Service {
  protected override onStart(): Promise<void> {
    return Promise.reject(new Error('no'))
  }
}

test('starts parents first and stops them last', async () => {
  const log: string[] = []
  const root = new Recorded('root', log).with(new Recorded('a', log)).with(new Recorded('b', log))
  await root.start()
  expect(root.state).toBe('running')
  await Promise.all([root.stop(), root.stop()])
  await root.stop()
  expect(log).toEqual(['start root', 'start a', 'start b', 'stop b', 'stop a', 'stop root'])
  expect(root.state).toBe('stopped')
  expect(root.signal.aborted).toBe(true)
})

test('stops what had started when a child cannot', async () => {
  const log: string[] = []
  const root = new Recorded('root', log).with(new Recorded('a', log)).with(new Failing('b'))
  await expect(root.start()).rejects.toThrow('no')
  expect(log).toEqual(['start root', 'start a', 'stop a', 'stop root'])
})

test('carries a crash to the root, once, with its cause', async () => {
  const log: string[] = []
  const child = new Recorded('child', log)
  const root = new Recorded('root', log).with(child)
  await root.start()
  const cause = new Error('broken')
  await child.beside(() => Promise.reject(cause))
  child.crash(new Error('later'))
  expect(root.crashes).toEqual([cause])
  expect(root.state).toBe('crashed')
  await root.stop()
  expect(root.state).toBe('crashed')
})

test('a failure while stopping is no crash', async () => {
  const root = new Recorded('root', [])
  await root.start()
  const work = root.beside(
    () => new Promise((_, reject) => root.signal.addEventListener('abort', () => reject(new Error('late')))),
  )
  await root.stop()
  await work
  expect(root.state).toBe('stopped')
})

test('cannot be started twice', async () => {
  const root = new Recorded('root', [])
  await root.start()
  await expect(root.start()).rejects.toMatchObject({ code: 'FAUST_TOO_LATE' })
  await root.stop()
})

test('a stop while it starts undoes what was done and starts nothing more', async () => {
  const log: string[] = []
  let begun!: () => void
  const beginning = new Promise<void>((resolve) => (begun = resolve))
  class Slow extends Recorded {
    protected override async onStart(): Promise<void> {
      begun()
      await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }))
      log.push('slow gave up')
    }
  }
  const root = new Recorded('root', log).with(new Slow('slow', log)).with(new Recorded('late', log))
  const starting = root.start()
  await beginning
  await root.stop()
  await expect(starting).rejects.toMatchObject({ code: 'FAUST_ABORTED' })
  expect(log).toEqual(['start root', 'stop late', 'slow gave up', 'stop slow', 'stop root'])
  expect(root.state).toBe('stopped')
})

test('a crash while it starts is what start rejects with', async () => {
  const cause = new Error('broken')
  class Crashing extends Recorded {
    protected override onStart(): void {
      this.crash(cause)
    }
  }
  const root = new Recorded('root', []).with(new Crashing('child', []))
  await expect(root.start()).rejects.toBe(cause)
  expect(root.state).toBe('crashed')
})

test('a crash while it stops is still a crash', async () => {
  const cause = new Error('broken')
  class Late extends Recorded {
    protected override onStop(): void {
      this.crash(cause)
    }
  }
  const root = new Recorded('root', []).with(new Late('child', []))
  await root.start()
  await root.stop()
  expect(root.crashes).toEqual([cause])
  expect(root.state).toBe('crashed')
})
