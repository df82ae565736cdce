import { type App, type EmbeddedTransport, FaustError } from '@faust/core'
import { quiet } from './quiet.ts'
import type { TestWorld } from './test-world.ts'

/** The life of one app in a world, and what has become of it. */
export class AppUnderTest {
  readonly app: App
  readonly #world: TestWorld
  readonly #transport: EmbeddedTransport
  readonly #patience: number
  #crash: { readonly error: unknown; told: boolean } | undefined
  #ended = false

  constructor(world: TestWorld, app: App, transport: EmbeddedTransport, patience: number) {
    this.#world = world
    this.app = app
    this.#transport = transport
    this.#patience = patience
    app.done.catch((error: unknown) => {
      this.#crash ??= { error, told: false }
    })
  }

  async start(): Promise<void> {
    this.#world.apps.add(this.app)
    try {
      await this.work(() => this.#world.run(() => this.app.start()))
    } catch (error) {
      await this.#end().catch(() => {})
      throw error
    }
  }

  /** Throws what the app has crashed with; whoever uses it after its end is told so. */
  check(): void {
    if (this.#ended || this.app.state === 'stopped') {
      throw new FaustError('FAUST_CLOSED', `The app ${this.app.id} was stopped: drive a new one in the same \`world\`.`)
    }
    if (this.#crash === undefined) return
    this.#crash.told = true
    throw this.#crash.error
  }

  /** Lets the app work until nothing more can happen unless time moves. */
  settle(): Promise<void> {
    return this.work(() => Promise.resolve())
  }

  /** The same, after something was done to it, such as sending it so many records. */
  async work<T>(how: () => Promise<T>, records = 0): Promise<T> {
    this.#world.rounds.begin(records)
    const result = await how()
    await quiet(this.#world, { patience: this.#patience, check: () => this.check() })
    return result
  }

  /** Lets it finish and stops it. Rejects with a crash that nobody was told of, or with what went wrong in the stop. */
  async stop(): Promise<void> {
    const ends = (): void => {
      if (this.#crash !== undefined) throw this.#crash.error
    }
    this.#world.rounds.begin()
    // Handlers in the midst of real work get the time for it, which the stop would not give them.
    await quiet(this.#world, { patience: this.#patience, check: ends }).catch(() => {})
    let failure: { readonly error: unknown } | undefined
    await this.#end().catch((error: unknown) => {
      failure = { error }
    })
    if (this.#crash?.told === true) return
    failure = this.#crash ?? failure
    if (failure !== undefined) throw failure.error
  }

  /** Cuts it off from the log, and then takes it down. */
  async kill(): Promise<void> {
    this.#transport.kill()
    await this.#world.move((clock) => clock.settle())
    await this.#end().catch(() => {})
  }

  async #end(): Promise<void> {
    this.#ended = true
    this.#world.rounds.begin()
    try {
      await this.#world.run(() => this.app.stop())
    } finally {
      this.#world.apps.delete(this.app)
    }
  }
}
