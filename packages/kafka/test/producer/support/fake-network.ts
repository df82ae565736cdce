import { FaustError } from '@faust/core'
import type { Connection, SendOptions } from '../../../src/connection/connection.ts'
import { abortedBy } from '../../../src/connection/wait.ts'
import type { Api } from '../../../src/requests/api.ts'
import type { FakeBroker } from './fake-broker.ts'
import type { ManualClock } from './manual-clock.ts'

/** What is to happen to one request. */
export type Fate =
  | 'served'
  /** It never leaves: no connection. */
  | 'unsent'
  /** It leaves and is lost on the way. */
  | 'request lost'
  /** It is carried out, and the answer is lost. */
  | 'answer lost'
  /** It seems to be lost, and is carried out so many ms later. */
  | { readonly late: number }
  /** It is carried out, and the answer takes so many ms. */
  | { readonly slow: number }
  /** It is not carried out but answered with an error. */
  | { readonly error: number }
  /** It is carried out, and answered with an error all the same. */
  | { readonly but: number }

/** A request as faults see it. */
export interface Sent {
  readonly node: number
  readonly lane: string
  readonly api: string
  readonly request: unknown
}

/** Ms each way. */
const WAY = 1

/** Connections to a fake broker, with every request's fate decided by whoever tests. All bytes are encoded and decoded. */
export class FakeNetwork implements Connection {
  readonly bootstrap: Connection['bootstrap'] = []
  /** Everything that left, in order. */
  readonly sent: Sent[] = []
  /** Decides; the default serves everything. */
  fate: (sent: Sent) => Fate = () => 'served'
  /** Nodes that cannot be reached. */
  readonly down = new Set<number>()
  readonly #clock: ManualClock
  readonly #broker: FakeBroker

  constructor(clock: ManualClock, broker: FakeBroker) {
    this.#clock = clock
    this.#broker = broker
  }

  /** Names of the APIs that were asked, in order. */
  get apis(): string[] {
    return this.sent.map(({ api }) => api)
  }

  setBrokers(): void {}

  closeLane(): void {}

  async close(): Promise<void> {}

  send<Request, Response>(
    node: number,
    lane: string,
    api: Api<Request, Response>,
    request: Request,
    { timeout = 30_000, signal }: SendOptions = {},
  ): Promise<Response> {
    const sent: Sent = { node, lane, api: api.name, request: api.decodeRequest(api.encode(request)) }
    const fate = this.down.has(node) ? 'unsent' : this.fate(sent)
    if (fate === 'unsent') return this.#later(WAY).then(() => Promise.reject(lost(`No way to node ${node}`, false)))
    this.sent.push(sent)
    const answer = this.#meet(fate, sent, api, timeout)
    if (signal === undefined) return answer
    return new Promise((resolve, reject) => {
      const onAbort = (): void => reject(abortedBy(signal, `Waiting for ${api.name}`))
      if (signal.aborted) onAbort()
      signal.addEventListener('abort', onAbort, { once: true })
      const done = (): void => signal.removeEventListener('abort', onAbort)
      answer.finally(done).then(resolve, reject)
    })
  }

  async #meet<Request, Response>(
    fate: Exclude<Fate, 'unsent'>,
    sent: Sent,
    api: Api<Request, Response>,
    timeout: number,
  ): Promise<Response> {
    const carryOut = (): Response => {
      const response = this.#broker.handle(sent.node, sent.api, sent.request) as Response
      return api.decode(api.encodeResponse(response))
    }
    await this.#later(WAY)
    if (fate === 'served') {
      const answer = carryOut()
      await this.#later(WAY)
      return answer
    }
    if (fate === 'request lost' || fate === 'answer lost') {
      if (fate === 'answer lost') carryOut()
      await this.#later(WAY)
      throw lost('The connection broke', true)
    }
    if ('late' in fate) {
      void this.#later(fate.late).then(carryOut)
      await this.#later(WAY)
      throw lost('The connection broke', true)
    }
    if ('slow' in fate) {
      const answer = carryOut()
      await this.#later(Math.min(fate.slow, timeout))
      if (fate.slow < timeout) return answer
      throw lost(`No answer within ${timeout} ms`, true)
    }
    const code = 'error' in fate ? fate.error : fate.but
    const answer = 'but' in fate ? carryOut() : null
    await this.#later(WAY)
    return withError(sent, answer, code) as Response
  }

  #later(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, ms))
  }
}

/** The answer of an API with an error in place of what it says. */
function withError({ api, request }: Sent, answer: unknown, error: number): unknown {
  if (api === 'InitProducerId') return { throttleTime: 0, producerId: -1n, producerEpoch: -1, error }
  if (api === 'AddOffsetsToTxn' || api === 'EndTxn') return { throttleTime: 0, error }
  const asked = request as { readonly partitions?: readonly object[]; readonly offsets?: readonly object[] }
  const given = answer as { readonly partitions: readonly object[] } | null
  const nothing = { baseOffset: -1, logAppendTime: -1, logStart: 0, recordErrors: [], message: null }
  const partitions = (given?.partitions ?? asked.partitions ?? asked.offsets ?? []).map((each) => ({
    ...nothing,
    ...each,
    ...(api === 'Produce' && { baseOffset: -1 }),
    error,
  }))
  return { throttleTime: 0, partitions }
}

function lost(message: string, sent: boolean): FaustError {
  return new FaustError('FAUST_TRANSPORT_UNAVAILABLE', message, { retriable: true, details: { sent } })
}
