/**
 * Makes single reads out of reads of many: what is asked for until the event loop's current step ends goes in one call of
 * `readMany`. For engines whose reads cost a thread or a round trip each. A failed call rejects all of its reads.
 */
export function gatherReads<Value>(
  readMany: (keys: readonly Uint8Array[]) => PromiseLike<readonly Value[]>,
): (key: Uint8Array) => Promise<Value> {
  let waiting: Waiting<Value> | undefined
  return (key) => {
    if (waiting === undefined) {
      const first: Waiting<Value> = { keys: [], readers: [] }
      waiting = first
      queueMicrotask(() => {
        waiting = undefined
        settle(first, readMany)
      })
    }
    const { keys, readers } = waiting
    keys.push(key)
    return new Promise((resolve, reject) => readers.push({ resolve, reject }))
  }
}

interface Waiting<Value> {
  readonly keys: Uint8Array[]
  readonly readers: { readonly resolve: (value: Value) => void; readonly reject: (error: unknown) => void }[]
}

function settle<Value>(
  { keys, readers }: Waiting<Value>,
  readMany: (keys: readonly Uint8Array[]) => PromiseLike<readonly Value[]>,
): void {
  const fail = (error: unknown): void => {
    for (const { reject } of readers) reject(error)
  }
  try {
    readMany(keys).then((values) => {
      for (const [index, { resolve }] of readers.entries()) resolve(values[index] as Value)
    }, fail)
  } catch (error) {
    fail(error)
  }
}
