import { readdir, readFile } from 'node:fs/promises'

/**
 * Whether every thread of a process has stopped. A signal that stops it is only on its way when the call returns that sent
 * it. Linux tells; elsewhere it is taken for done.
 */
export async function standsStill(pid: number): Promise<boolean> {
  const tasks = `/proc/${pid}/task`
  const threads = await readdir(tasks).catch(() => [])
  const states = await Promise.all(threads.map((thread) => stateOf(`${tasks}/${thread}/stat`)))
  return states.every((state) => state === undefined || state === 'T')
}

/** The letter behind the name, which stands in brackets and may hold anything; `undefined` for a thread that has ended. */
async function stateOf(stat: string): Promise<string | undefined> {
  const text = await readFile(stat, 'utf8').catch(() => '')
  return text === '' ? undefined : text.charAt(text.lastIndexOf(')') + 2)
}
