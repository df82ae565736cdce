import { readFile, rm, writeFile } from 'node:fs/promises'
import { until } from '../until.ts'

/**
 * Runs `work` while no other process runs its own under the same file. A lock whose holder is dead is taken over. Two
 * that take over in the same instant may both work, so `work` has to end in one atomic step; the lock spares the
 * second one the waiting line's work, it does not protect the data.
 */
export async function withLock<T>(file: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  await until(`the lock ${file} (remove it if no download runs)`, timeoutMs, () => take(file))
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

/** Takes the lock for as long as this process lives, or gives the id of the one that has it. */
export async function takeForLife(file: string): Promise<number | undefined> {
  // The first try removes what a dead process has left.
  if ((await take(file)) || (await take(file))) return undefined
  return Number(await readFile(file, 'utf8').catch(() => ''))
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const holder = Number(await readFile(file, 'utf8').catch(() => ''))
  // Empty: created and not yet written, or removed since. Both pass by themselves.
  if (holder > 0 && !isAlive(holder)) await rm(file, { force: true })
  return false
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
