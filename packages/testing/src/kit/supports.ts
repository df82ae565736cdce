import { isPromise } from '@faust/core'

interface Claims<S> {
  readonly supports: S
  close(): Promise<void>
}

/**
 * The manifest that selects the cases. It must be known while tests are registered; factories do no work, so making an
 * adapter only to look at it is cheap.
 */
export function readSupports<S>(
  kit: string,
  given: S | undefined,
  create: () => PromiseLike<Claims<S>> | Claims<S>,
): S {
  if (given !== undefined) return given
  const adapter = create()
  if (isPromise(adapter)) {
    throw new TypeError(
      `The ${kit} kit needs to know what is supported before its tests run: pass \`supports\`, or a \`create\` that is not async`,
    )
  }
  // It was never started; whatever comes of closing it is the business of the cases about closing.
  void Promise.resolve(adapter.close()).catch(() => undefined)
  return adapter.supports
}
