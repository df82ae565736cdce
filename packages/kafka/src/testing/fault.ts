/** A request of a client, on its way to a node of the double. */
export interface DoubleRequest {
  /** How many came before it, over all clients. */
  readonly index: number
  /** The client's name: of the app whose transport it is. */
  readonly client: string
  readonly node: number
  /** As Kafka calls it, e.g. `Produce`. */
  readonly api: string
  /** As the API's file in `requests/` has it. */
  readonly request: unknown
}

/** What goes wrong with one request. Plain data: a run can be written down and played again. Times in ms. */
export type Fault =
  /** The connection breaks before the request arrives. */
  | { readonly kind: 'request-lost' }
  /** It is carried out, and the connection breaks before the answer arrives. */
  | { readonly kind: 'answer-lost' }
  /** The connection breaks after so many bytes: of the request, then of the answer, then behind both. */
  | { readonly kind: 'cut'; readonly at: number }
  /** It never arrives, and the connection seems well: only a time-out tells. */
  | { readonly kind: 'silence' }
  /** The connection breaks at once, and the request is carried out all the same, so much later. */
  | { readonly kind: 'stray'; readonly after: number }
  /** It takes so much longer to arrive, and so does what follows on its connection. */
  | { readonly kind: 'slow'; readonly by: number }
  /** It is carried out, and its answer takes so much longer. */
  | { readonly kind: 'late'; readonly by: number }
  /** It is not carried out but answered with an error of Kafka's. */
  | { readonly kind: 'refused'; readonly error: number }
  /** It is carried out, and answered with an error all the same. */
  | { readonly kind: 'denied'; readonly error: number }
  /** What it is for, a partition, group or transactional id, has gone to another node before it arrives. */
  | { readonly kind: 'moved' }
  /** Its node goes down before it arrives, and comes up again so much later. */
  | { readonly kind: 'down'; readonly for: number }

/** Decides about every request but those that open connections; `undefined` lets it pass. */
export type Faults = (request: DoubleRequest) => Fault | undefined
