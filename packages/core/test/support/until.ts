/** Waits until `condition` holds, looking again after every turn of the event loop; fails after `limit` ms. */
export async function until(what: string, condition: () => unknown, limit = 50_000): Promise<void> {
  const deadline = performance.now() + limit
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${limit} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Everything an iteration gives; Node 20 has no `Array.fromAsync`. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** Orders anything by how it prints. */
export function byText(one: unknown, other: unknown): number {
  return String(one) < String(other) ? -1 : 1
}
