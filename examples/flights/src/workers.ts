import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/**
 * Starts workers 2 to `count` as processes of this same program and prints what they print, with their number in front.
 * Resolves when all have ended; they end when they are done, or when `signal` fires.
 */
export async function startWorkers(
  count: number,
  { signal, print }: { readonly signal: AbortSignal; readonly print: (text: string) => void },
): Promise<void> {
  const numbers = Array.from({ length: count - 1 }, (_, index) => index + 2)
  await Promise.all(numbers.map((number) => work(number, signal, print)))
}

/** Calls `stop` when the process that started this worker wants its end, or is gone. */
export function onEndOfFirst(stop: () => void): void {
  process.once('disconnect', stop)
  // It is there to be noticed when it goes, and keeps nobody alive.
  process.channel?.unref()
}

async function work(number: number, signal: AbortSignal, print: (text: string) => void): Promise<void> {
  // Detached: Ctrl-C in a terminal reaches the first worker alone, which passes it on. The channel closes with it.
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1), '--worker', `${number}`], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const lines = createInterface({ input: child.stdout! })
  lines.on('line', (line) => print(`${number} │ ${line}`))
  const stop = (): void => child.disconnect()
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  // Not its `close`, which never comes behind a disconnect.
  const [[code]] = await Promise.all([once(child, 'exit'), once(lines, 'close')])
  signal.removeEventListener('abort', stop)
  if (code !== 0) throw new Error(`Worker ${number} ended with ${code ?? 'a signal'}`)
}
