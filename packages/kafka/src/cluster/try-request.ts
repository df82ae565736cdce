import type { FaustError } from '@faust/core'
import type { Connection } from '../connection/connection.ts'
import { isUnavailable } from '../connection/faults.ts'
import type { Api } from '../requests/api.ts'
import { brokerFault } from '../requests/broker-fault.ts'
import { QUICK, SLOW } from './backoff.ts'
import type { AskOneOptions, AskOptions } from './cluster.ts'
import type { Deadline } from './deadline.ts'
import { passingOf } from './passing-errors.ts'
import type { Passing } from './passing-errors.ts'
import { TryAgain } from './retry.ts'

/** A try that may go better another time. */
export class Failed {
  /** `lost`: no answer came. */
  readonly why: Passing | 'lost'
  readonly again: TryAgain

  constructor(why: Passing | 'lost', error: FaustError) {
    this.why = why
    this.again = new TryAgain(error, why === 'quick' ? QUICK : SLOW)
  }
}

/** Sends once. The time-out is what the broker may take; the deadline only ends the wait, and harms no connection. */
export function sendOnce<Request, Response>(
  connection: Connection,
  node: number,
  api: Api<Request, Response>,
  request: Request,
  { lane = 'control', timeout }: AskOptions,
  deadline: Deadline,
): Promise<Response> {
  return deadline.bound(`${api.name} to Kafka broker ${node}`, (signal) =>
    connection.send(node, lane, api, request, { timeout, signal }),
  )
}

/** The same, with errors of the answer that pass (`passes` says which kinds do here) and losses as `Failed`. */
export async function tryOnce<Request, Response>(
  connection: Connection,
  node: number,
  api: Api<Request, Response>,
  request: Request,
  options: AskOneOptions<Response>,
  deadline: Deadline,
  passes: readonly Passing[],
): Promise<Response | Failed> {
  try {
    const answer = await sendOnce(connection, node, api, request, options, deadline)
    const error = options.errorOf(answer)
    const passing = error === 0 ? undefined : passingOf(error, options.quick)
    if (passing === undefined || !passes.includes(passing)) return answer
    return new Failed(passing, brokerFault(error, { subject: `${options.what}: ${api.name}` }))
  } catch (error) {
    if (isUnavailable(error)) return new Failed('lost', error)
    throw error
  }
}
