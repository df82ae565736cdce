import { FaustError, messageOf } from '@faust/core'

/** `FAUST_STORE_FAILED` for something that Redis or the way to it refused. `what` completes "could not". */
export function storeFailed(what: string, cause: unknown): FaustError {
  const reason = messageOf(cause)
  return new FaustError('FAUST_STORE_FAILED', `store-redis could not ${what}: ${reason}. ${remedyFor(reason)}`, {
    cause: withoutArguments(cause),
    retriable: isOutage(reason),
  })
}

/** `FAUST_STORE_UNAVAILABLE` for a server that can't be used. */
export function unavailable(place: string, reason: string, remedy: string, cause?: unknown): FaustError {
  return new FaustError('FAUST_STORE_UNAVAILABLE', `store-redis can't use ${place}: ${reason}. ${remedy}`, {
    cause: withoutArguments(cause),
  })
}

/**
 * The same error, without the arguments of the command that it is about: ioredis hangs them on, and they are a password, or keys
 * and values of records. A cluster's error has its last node's beneath.
 */
export function withoutArguments(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { command, lastNodeError } = error as { command?: { name?: unknown }; lastNodeError?: unknown }
  if (typeof command === 'object') Object.assign(error, { command: { name: command.name } })
  withoutArguments(lastNodeError)
  return error
}

export function fenced(what: string, epoch: number, last: number): FaustError {
  const why =
    last > epoch
      ? `a worker with epoch ${last} has opened it since, and this one has ${epoch}`
      : `another worker of the same epoch (${epoch}) has written to it since`
  return new FaustError(
    'FAUST_STORE_FENCED',
    `store-redis did not ${what}: ${why}. Nothing was written. If the group was deleted, its epochs began anew: destroy the ` +
      'shard or give redisStore another prefix.',
    { details: { epoch, last } },
  )
}

/** The shard in Redis is not what this worker left there. */
export function lost(what: string, problem: string): FaustError {
  return new FaustError(
    'FAUST_STORE_FAILED',
    `store-redis did not ${what}: ${problem}. Nothing was written. Redis lost data: by a restart without its append-only file, a failover to a ` +
      'replica that lagged, or FLUSHALL. Start the worker again: what is missing is read from the changelog.',
  )
}

/** A range whose reader was away for too long. */
export function rangeEnded(shard: string): FaustError {
  return new FaustError(
    'FAUST_STORE_FAILED',
    `store-redis could not read on in shard ${shard}: Redis did not hear of this range for longer than its lease. Read it anew, or ` +
      'give redisStore a larger `rangeLease`.',
    { retriable: true },
  )
}

export function storeClosed(what: string, remedy: string): FaustError {
  return new FaustError('FAUST_CLOSED', `store-redis: ${what} is closed: ${remedy}.`)
}

function isOutage(reason: string): boolean {
  return /timed out|timeout|connection is closed|ECONN|ETIMEDOUT|EPIPE|CLUSTERDOWN|MASTERDOWN|LOADING|TRYAGAIN/i.test(
    reason,
  )
}

function remedyFor(reason: string): string {
  if (isOutage(reason)) {
    return 'Redis did not answer within the time-out, reconnects included: see that it runs and can be reached.'
  }
  // Inside a script Redis puts words of its own before these.
  const [code] = /\b(?:OOM|NOPERM|WRONGTYPE|READONLY)\b/.exec(reason) ?? []
  if (code === 'OOM') return 'Redis has no memory left: give it more (maxmemory), or fewer tables.'
  if (code === 'NOPERM') return 'Allow this user all commands on keys that begin with "{prefix:".'
  if (code === 'WRONGTYPE') return 'Another program writes below this prefix: give redisStore another one.'
  if (code === 'READONLY') return 'The server is a replica: give redisStore the address of the primary.'
  return 'What was committed is in the changelog.'
}
