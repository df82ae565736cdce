import { FaustError, messageOf } from '../../service/errors.ts'
import type { StoreEngine } from './engine.ts'

/**
 * `FAUST_STORE_FAILED` for something that the engine or the file system refused. `what` completes "could not"; `path` is
 * the folder that it concerns.
 */
export function storeFailed(engine: StoreEngine, what: string, path: string, cause: unknown): FaustError {
  const options = { cause, details: { path } }
  if (engine.isLocked(cause)) {
    const problem = `${engine.name} could not ${what}: another program has ${path} open. Stop it.`
    return new FaustError('FAUST_STORE_LOCKED', problem, options)
  }
  const reason = messageOf(rootOf(cause))
  const remedy = remedyFor(reason, path, isDamage(engine, cause))
  return new FaustError('FAUST_STORE_FAILED', `${engine.name} could not ${what}: ${reason}. ${remedy}`, options)
}

/** A reason that Node's file system gave, in words that say what to do. */
export function directoryFailed(engine: StoreEngine, path: string, cause: unknown): FaustError {
  return new FaustError(
    'FAUST_STORE_DIRECTORY',
    `${engine.name} can't keep its data in ${path}: ${messageOf(cause)}. Give ${engine.factory} a directory that can be ` +
      'made and written by this user.',
    { cause, details: { path } },
  )
}

export function storeLocked(
  engine: StoreEngine,
  what: string,
  remedy: string,
  details: Readonly<Record<string, unknown>>,
): FaustError {
  return new FaustError('FAUST_STORE_LOCKED', `${engine.name} can't ${what}. ${remedy}`, { details })
}

export function storeClosed(engine: StoreEngine, what: string, remedy: string): FaustError {
  return new FaustError('FAUST_CLOSED', `${engine.name}: ${what} is closed: ${remedy}.`)
}

/** What a failure began with: an engine's own words lie beneath those of its wrappers. */
function rootOf(error: unknown): unknown {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  return root
}

/** The `code` of an error, however it came about. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

/** A position that isn't JSON any more is damage as well. */
export function isDamage(engine: StoreEngine, error: unknown): boolean {
  const root = rootOf(error)
  return engine.isDamaged(root) || root instanceof SyntaxError || /corruption|checksum/i.test(messageOf(root))
}

function remedyFor(reason: string, path: string, damaged: boolean): string {
  if (damaged) {
    return `Its files are damaged: stop the app, delete the folder ${path} and start again, and it is rebuilt from the changelog.`
  }
  if (/no space left|ENOSPC|quota/i.test(reason)) {
    return `The disk of ${path} is full: make room and start the app again. What it had committed is in the changelog.`
  }
  if (/too many open files|EMFILE|ENFILE/i.test(reason)) {
    return 'Allow this process more open files (ulimit -n): a shard needs about five.'
  }
  return `Check the disk and the rights of ${path}, then start the app again. What it had committed is in the changelog.`
}
