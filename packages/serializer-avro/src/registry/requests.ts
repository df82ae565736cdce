import type { Clock, MaybePromise } from '@faust/core'
import { FaustError, messageOf } from '@faust/core'

/** Who asks. A token may come from a function, which is asked before every request. */
export type RegistryAuth =
  | { readonly username: string; readonly password: string }
  | { readonly token: string | (() => MaybePromise<string>) }

/** What requests need. */
export interface RequestOptions {
  readonly urls: readonly string[]
  readonly auth: RegistryAuth | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Ms for one attempt. */
  readonly timeout: number
  /** Attempts beyond the first. */
  readonly retries: number
  readonly clock: Clock
  readonly fetch: typeof globalThis.fetch
}

/** What a registry answered. */
export interface Answer {
  readonly status: number
  /** The body, or `undefined` when it is not JSON. */
  readonly body: unknown
}

const FIRST_PAUSE = 100
const LONGEST_PAUSE = 5000

/**
 * One request, tried again after a pause that doubles (with chance in it) and at the next address while nobody answers, or
 * with 408, 429 or 5xx. What is left after that is `FAUST_REGISTRY_UNAVAILABLE`; 401 and 403 are `FAUST_NOT_AUTHORIZED`.
 */
export async function request(
  options: RequestOptions,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<Answer> {
  let problem = ''
  let cause: unknown
  for (let attempt = 0; attempt <= options.retries; attempt++) {
    if (attempt > 0) await pause(options.clock, attempt)
    const url = options.urls[attempt % options.urls.length]!
    try {
      const answer = await ask(options, method, `${url}${path}`, body)
      if (answer.status === 401 || answer.status === 403) throw refused(url, method, path, answer.status)
      if (answer.status < 500 && answer.status !== 408 && answer.status !== 429) return answer
      problem = `${url} answered ${answer.status}`
      cause = undefined
    } catch (error) {
      if (error instanceof FaustError) throw error
      problem = `${url}: ${messageOf(error)}`
      cause = error
    }
  }
  throw new FaustError(
    'FAUST_REGISTRY_UNAVAILABLE',
    `The schema registry did not answer ${method} ${path} (attempt ${options.retries + 1} of ${options.retries + 1}: ${problem}). ` +
      'Check that it runs and that its address is right.',
    { retriable: true, cause },
  )
}

async function ask(options: RequestOptions, method: string, url: string, body?: object): Promise<Answer> {
  const aborter = new AbortController()
  const timer = options.clock.setTimeout(
    () => aborter.abort(new Error(`no answer within ${options.timeout} ms`)),
    options.timeout,
  )
  try {
    const response = await options.fetch(url, {
      method,
      headers: sendable({
        accept: 'application/vnd.schemaregistry.v1+json, application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/vnd.schemaregistry.v1+json' }),
        ...options.headers,
        ...(await authorization(options.auth)),
      }),
      body: body === undefined ? null : JSON.stringify(body),
      signal: aborter.signal,
      // A redirect could carry the credentials elsewhere.
      redirect: 'error',
    })
    const text = await response.text()
    return { status: response.status, body: parse(text) }
  } finally {
    timer.cancel()
  }
}

async function authorization(auth: RegistryAuth | undefined): Promise<Record<string, string>> {
  if (auth === undefined) return {}
  if ('token' in auth) {
    return { authorization: `Bearer ${typeof auth.token === 'function' ? await auth.token() : auth.token}` }
  }
  return { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` }
}

/** The same headers, if they can be sent: the words of `fetch` for one that can't would quote it, and it may be secret. */
function sendable(headers: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers().set(name, value)
    } catch {
      throw new FaustError(
        'FAUST_SETTING_INVALID',
        `schemaRegistry: the header ${name} can't be sent: it has a character that none may have, such as a line break. ` +
          'Correct `auth` or `headers`.',
        { details: { header: name } },
      )
    }
  }
  return { ...headers }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function pause(clock: Clock, attempt: number): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1))
  return new Promise((resolve) => {
    clock.setTimeout(resolve, (longest * (1 + clock.random())) / 2)
  })
}

function refused(url: string, method: string, path: string, status: number): FaustError {
  return new FaustError(
    'FAUST_NOT_AUTHORIZED',
    `The schema registry ${url} answered ${method} ${path} with ${status}: ` +
      (status === 401 ? 'check `auth`.' : 'give its user the right to do so.'),
    { details: { status } },
  )
}
