import { FaustError, isFaustError, messageOf } from '@faust/core'
import type { Clock } from '@faust/core'
import type { Connection } from '../connection/connection.ts'
import { addressName, isUnavailable, neverSent } from '../connection/faults.ts'
import type { Api } from '../requests/api.ts'
import type { BrokerAddress } from '../requests/metadata.ts'
import { BrokerChoice } from './broker-choice.ts'
import type { Deadline } from './deadline.ts'
import { TryAgain } from './retry.ts'

/** Ms after which another broker is asked as well; the connection of the silent one is left to its own time-out. */
const PATIENCE = 5_000

/** Asks what every broker can answer. */
export class AnyBroker {
  readonly #connection: Connection
  readonly #known: () => readonly BrokerAddress[]
  readonly #choice: BrokerChoice

  constructor(connection: Connection, clock: Clock, known: () => readonly BrokerAddress[]) {
    this.#connection = connection
    this.#known = known
    this.#choice = new BrokerChoice(clock)
  }

  /** One round through all brokers; the first answer counts. `TryAgain` when none came, with the reason of each. */
  async ask<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    deadline: Deadline,
    except?: number,
  ): Promise<{ readonly node: number; readonly answer: Response } | TryAgain> {
    const known = this.#known()
    const { bootstrap } = this.#connection
    const order = this.#choice.order(known.map(numberOf), bootstrap.map(numberOf))
    const nodes = order.length > 1 ? order.filter((node) => node !== except) : order
    const reasons: string[] = []
    const refusals: unknown[] = []
    let sent = false
    for (const node of nodes) {
      const broker = [...known, ...bootstrap].find((each) => each.node === node) as BrokerAddress
      try {
        const send = (signal: AbortSignal): Promise<Response> =>
          this.#connection.send(node, 'control', api, request, { signal })
        const answer = await deadline.bound(`${api.name} to ${addressName(broker)}`, send, PATIENCE)
        this.#choice.answered(node)
        return { node, answer }
      } catch (error) {
        // One address of several may be wrong; refused credentials are refused everywhere.
        if (isFaustError(error, 'FAUST_BROKER_UNSUPPORTED')) refusals.push(error)
        else if (!isUnavailable(error)) throw error
        this.#choice.avoid(node)
        sent ||= !neverSent(error)
        reasons.push(messageOf(error))
      }
      if (deadline.left === 0) break
    }
    if (refusals.length > 0 && refusals.length === reasons.length) throw refusals[0]
    const message = `No Kafka broker answers ${api.name}. ${reasons.join('. ')}`
    return new TryAgain(new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { retriable: true, details: { sent } }))
  }
}

function numberOf({ node }: BrokerAddress): number {
  return node
}
