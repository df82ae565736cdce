import { readFileSync } from 'node:fs'
import { unbase64 } from './bytes.ts'

/** What test/java/Messages.java printed. */
interface Messages {
  readonly [name: string]: string | readonly (readonly [code: number, name: string, retriable: boolean])[]
  readonly errors: readonly (readonly [code: number, name: string, retriable: boolean])[]
}

export const messagesFile: URL = new URL('../fixtures/messages.json', import.meta.url)

const messages = JSON.parse(readFileSync(messagesFile, 'utf8')) as Messages

/** Kafka's own list of error numbers. */
export const javaErrors: Messages['errors'] = messages.errors

export const messageNames: readonly string[] = Object.keys(messages).filter((name) => name !== 'errors')

/** The bytes that Kafka's own classes make of a sample. */
export function javaBytes(name: string): Uint8Array {
  const text = messages[name]
  if (typeof text !== 'string') throw new Error(`messages.json has no ${name}`)
  return unbase64(text)
}
