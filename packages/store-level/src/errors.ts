import { FaustError, messageOf } from '@faust/core'

/**
 * `FAUST_STORE_FAILED` for something that LevelDB or the file system refused. `what` completes "could not"; `path` is
 * the folder that it concerns.
 */
export function storeFailed(what: string, path: string, cause: unknown): FaustError {
  const root = rootOf(cause)
  if (codeOf(root) === 'LEVEL_LOCKED') {
    return new FaustError(
      'FAUST_STORE_LOCKED',
      `store-level could not ${what}: another program has ${path} open. Stop it.`,
      {
        cause,
        details: { path },
      },
    )
  }
  const reason = messageOf(root)
  return new FaustError('FAUST_STORE_FAILED', `store-level could not ${what}: ${reason}. ${remedy(root, path)}`, {
    cause,
    details: { path },
  })
}

/** A reason that Node's file system gave, in words that say what to do. */
export function directoryFailed(path: string, cause: unknown): FaustError {
  return new FaustError(
    'FAUST_STORE_DIRECTORY',
    `store-level can't keep its data in ${path}: ${messageOf(cause)}. Give levelStore a directory that can be made and ` +
      'written by this user.',
    { cause, details: { path } },
  )
}

export function storeLocked(what: string, remedy: string, details: Readonly<Record<string, unknown>>): FaustError {
  return new FaustError('FAUST_STORE_LOCKED', `store-level can't ${what}. ${remedy}`, { details })
}

export function storeClosed(what: string, remedy: string): FaustError {
  return new FaustError('FAUST_CLOSED', `store-level: ${what} is closed: ${remedy}.`)
}

/** What a failure began with: LevelDB's own words lie beneath those of its wrappers. */
function rootOf(error: unknown): unknown {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  return root
}

export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
}

function remedy(root: unknown, path: string): string {
  const reason = messageOf(root)
  if (isCorruption(root)) {
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

function isCorruption(root: unknown): boolean {
  // A position that isn't JSON any more is damage as well.
  return (
    codeOf(root) === 'LEVEL_CORRUPTION' || root instanceof SyntaxError || /corruption|checksum/i.test(messageOf(root))
  )
}
