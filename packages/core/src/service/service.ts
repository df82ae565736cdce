import { FaustError, messageOf } from './errors.ts'

/** Where a service is in its life. `crashed` and `stopped` are final. */
export type ServiceState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'crashed'

/**
 * Something that runs: it starts after what it needs and stops before it. Children are started in the order they were
 * added, after `onStart` of their parent, and stopped in reverse, before `onStop`. A crash travels up with its cause;
 * the root decides what follows.
 */
export abstract class Service {
  readonly name: string
  #state: ServiceState = 'idle'
  #children: Service[] = []
  #parent: Service | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  /** What `start` rejects with: the failure or the first crash. */
  #failure: { readonly error: unknown } | undefined
  readonly #abort = new AbortController()

  constructor(name: string) {
    this.name = name
  }

  get state(): ServiceState {
    return this.#state
  }

  /** Fires when the service begins to stop or has crashed; every wait of the service takes it. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get children(): readonly Service[] {
    return this.#children
  }

  /** Adds a child before this service starts, or starts it at once when it already runs. */
  protected async addChild<S extends Service>(child: S): Promise<S> {
    child.#parent = this
    this.#children.push(child)
    if (this.#state === 'running') await child.start()
    return child
  }

  /**
   * Starts this service and its children. When one fails, when something crashes meanwhile or a stop comes in between,
   * what had started is stopped, and this rejects with the failure, the cause of the crash or `FAUST_ABORTED`.
   */
  async start(): Promise<void> {
    if (this.#state !== 'idle') {
      throw new FaustError('FAUST_TOO_LATE', `${this.name} was already started or stopped; make a new one instead`)
    }
    this.#state = 'starting'
    this.#starting = this.#start()
    try {
      await this.#starting
      if (this.state === 'running') return
    } catch (error) {
      this.#failure ??= { error }
    }
    await this.stop().catch(() => {})
    if (this.#failure !== undefined) throw this.#failure.error
    throw new FaustError('FAUST_ABORTED', `${this.name} was stopped while it started`)
  }

  async #start(): Promise<void> {
    await this.onStart()
    for (const child of this.#children) {
      if (this.#state !== 'starting') return
      await child.start()
    }
    if (this.#state === 'starting') this.#state = 'running'
  }

  /** Stops children in reverse, then this service. Idempotent; calls that come together share one stop. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
    if (this.#state !== 'crashed') this.#state = 'stopping'
    this.#abort.abort(new FaustError('FAUST_ABORTED', `${this.name} stopped`))
    const failures: unknown[] = []
    for (const child of this.#children.toReversed()) {
      await child.stop().catch((error: unknown) => failures.push(error))
    }
    // What is still starting gives up on the signal; only then is it known what there is to undo.
    await this.#starting?.catch(() => {})
    await Promise.resolve()
      .then(() => this.onStop())
      .catch((error: unknown) => failures.push(error))
    if (this.state !== 'crashed') this.#state = 'stopped'
    if (failures.length > 0) throw failures[0]
  }

  /** Reports a failure that this service cannot handle: it and every ancestor are crashed. Only the first one counts. */
  crash(error: unknown): void {
    if (this.#state === 'crashed' || this.#state === 'stopped') return
    this.#state = 'crashed'
    this.#failure ??= { error }
    this.onCrash(error)
    this.#abort.abort(error)
    this.#parent?.crash(error)
  }

  /** Runs `work` beside the service; a failure crashes it unless it is already stopping. */
  protected run(what: string, work: () => Promise<void>): Promise<void> {
    return work().catch((error: unknown) => {
      if (this.#abort.signal.aborted || this.#state === 'stopping') return
      this.crash(
        error instanceof Error ? error : new FaustError('FAUST_APP_CRASHED', `${what} failed: ${messageOf(error)}`),
      )
    })
  }

  protected onStart(): Promise<void> | void {}
  protected onStop(): Promise<void> | void {}
  protected onCrash(_error: unknown): void {}
}
