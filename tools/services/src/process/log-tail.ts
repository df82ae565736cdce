import { readFile } from 'node:fs/promises'

const LINES = 40

/** The last lines of a log, ready to stand below an error's message. */
export async function logTail(file: string): Promise<string> {
  const content = await readFile(file, 'utf8').catch(() => '')
  const lines = content.trimEnd().split('\n').slice(-LINES).join('\n')
  return lines === '' ? `(${file} is empty)` : `--- end of ${file}\n${lines}\n---`
}
