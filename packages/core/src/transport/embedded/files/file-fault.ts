import { FaustError, messageOf } from '../../../service/errors.ts'

/** The error for a file or directory that the operating system refuses. */
export function directoryFault(path: string, doing: string, cause: unknown): FaustError {
  const message = `${doing} ${path} failed (${messageOf(cause)}): see that the directory of the embedded log exists, may be written and has space, or choose another one with \`directory\``
  return new FaustError('FAUST_LOG_DIRECTORY', message, { cause, retriable: true, details: { path } })
}

/** The error for a file that is damaged elsewhere than at its end. */
export function corruptFault(path: string, position: number, why: string): FaustError {
  const message = `${path} is damaged at byte ${position} (${why}) although intact entries follow: restore the file from a copy, or remove the directory of the log to begin anew; what lies behind the damage cannot be trusted`
  return new FaustError('FAUST_LOG_CORRUPT', message, { details: { path, position } })
}
