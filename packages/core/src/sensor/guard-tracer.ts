import type { InjectFacts, ProcessFacts, ProcessSpan, SpanOutcome, TracedHeaders, Tracer } from './tracer.ts'

/** What a tracer is held by. */
export interface TracerGuard {
  /** False once it is to be told nothing more. */
  readonly active: () => boolean
  /** Told the member that threw. */
  readonly drop: (member: string, error: unknown) => void
}

/** A tracer that never throws, and whose spans end once however often they are told to. Others never see it. */
export function guardTracer(tracer: Tracer, guard: TracerGuard): Tracer {
  return {
    run(current, body) {
      let begun = false
      const inner = (): ProcessSpan | undefined => (current() as GuardedSpan | undefined)?.inner
      try {
        return tracer.run(inner, () => {
          begun = true
          return body()
        })
      } catch (error) {
        if (begun) throw error
        guard.drop('trace.run', error)
        return body()
      }
    },
    process: (facts) => new GuardedSpan(begin(tracer, guard, facts), guard),
    inject: (facts) => injected(tracer, guard, facts),
  }
}

function begin(tracer: Tracer, { active, drop }: TracerGuard, facts: ProcessFacts): ProcessSpan | undefined {
  if (!active()) return undefined
  try {
    return tracer.process(facts)
  } catch (error) {
    drop('trace.process', error)
    return undefined
  }
}

function injected(by: Pick<ProcessSpan, 'inject'>, { active, drop }: TracerGuard, facts: InjectFacts): TracedHeaders {
  if (!active()) return facts.headers
  try {
    return by.inject(facts)
  } catch (error) {
    drop('trace.inject', error)
    return facts.headers
  }
}

class GuardedSpan implements ProcessSpan {
  readonly inner: ProcessSpan | undefined
  readonly #guard: TracerGuard
  #ended = false

  constructor(inner: ProcessSpan | undefined, guard: TracerGuard) {
    this.inner = inner
    this.#guard = guard
  }

  inject(facts: InjectFacts): TracedHeaders {
    return this.inner === undefined ? facts.headers : injected(this.inner, this.#guard, facts)
  }

  /** Whatever comes first counts. */
  end(outcome: SpanOutcome, error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    if (this.inner === undefined || !this.#guard.active()) return
    try {
      this.inner.end(outcome, error)
    } catch (thrown) {
      this.#guard.drop('trace.process(…).end', thrown)
    }
  }
}
