import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Runs a program in a process of its own, so that CPU and memory are its own: it is sent one task, answers with one outcome
 * and ends. Resolves when it has ended, with the outcome; with `undefined` when it failed and has said why on stderr.
 */
export async function runChild<Outcome>(
  program: URL,
  task: object,
  options: { readonly signal?: AbortSignal; readonly execArgv?: readonly string[] } = {},
): Promise<Outcome | undefined> {
  const { signal, execArgv = [] } = options
  // kafkajs makes timers of negative length, and Node warns of them at every start.
  const flags = [...process.execArgv, '--disable-warning=TimeoutNegativeWarning', ...execArgv]
  const child = fork(fileURLToPath(program), { ...(signal && { signal }), execArgv: flags })
  let outcome: Outcome | undefined
  child.once('message', (message) => (outcome = message as Outcome))
  child.send(task)
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  return code === 0 ? outcome : undefined
}

/** The other side: does what it is sent, answers and lets the process end. What rejects ends the process. */
export function answerParent(run: (task: never) => Promise<object>): void {
  const answer = async (task: unknown): Promise<void> => {
    const outcome = await run(task as never)
    process.send!(outcome, () => process.disconnect())
  }
  process.once('message', (task) => void answer(task))
}
