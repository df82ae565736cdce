import type { Clock } from '@faust/core'
import { checkOptions, FaustError, systemClock } from '@faust/core'
import { fields, idFrom, incompatible, odd, unknownSchema } from './answers.ts'
import type { Answer, RegistryAuth, RequestOptions } from './requests.ts'
import { request } from './requests.ts'
import type { RegisteredSchema, SchemaRegistry } from './schema-registry.ts'
import { sharedCalls } from './shared-calls.ts'

/** How a registry is reached. */
export interface SchemaRegistryOptions {
  /** Its address, or several of one cluster, tried in turn. Apicurio: with `/apis/ccompat/v7`. */
  readonly url: string | readonly string[]
  readonly auth?: RegistryAuth | undefined
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Ms for one attempt. Default 10,000. */
  readonly timeout?: number | undefined
  /** Attempts beyond the first, with pauses from 100 ms to 5 s. Default 4. */
  readonly retries?: number | undefined
  /** What sends the requests, e.g. for certificates of one's own. Default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** Default the machine's. */
  readonly clock?: Clock | undefined
}

/**
 * A client of Confluent's Schema Registry and of all that speak its interface (Apicurio, Karapace, Redpanda). It does
 * nothing before it is asked, asks once for each subject and id, also when many ask at once, and keeps what it was
 * answered for good: a registry changes no schema. Failures are not kept. May be shared by all serializers of a process.
 */
export function schemaRegistry(options: SchemaRegistryOptions): SchemaRegistry {
  const http = checked(options)
  const ids = sharedCalls<number>()
  const schemas = sharedCalls<RegisteredSchema>()
  return {
    register: (subject, schema) =>
      ids(JSON.stringify(['register', subject, schema]), () => register(http, subject, schema)),
    idOf: (subject, schema) => ids(JSON.stringify(['id', subject, schema]), () => lookUp(http, subject, schema)),
    schemaOf: (id) => schemas(String(id), () => fetchSchema(http, id)),
  }
}

async function register(http: RequestOptions, subject: string, schema: string): Promise<number> {
  const name = encodeURIComponent(subject)
  const answer = await request(http, 'POST', `/subjects/${name}/versions`, { schema })
  if (answer.status === 200) return idFrom(answer, subject)
  if (answer.status !== 409) throw odd(answer, `for subject '${subject}'`)
  throw incompatible(subject, await reasonsOf(http, name, schema, answer))
}

/** Why a schema is refused. Only newer registries say so when asked; the refusal itself says it in one sentence. */
async function reasonsOf(http: RequestOptions, name: string, schema: string, refusal: Answer): Promise<string[]> {
  const { message } = fields(refusal)
  try {
    const answer = await request(http, 'POST', `/compatibility/subjects/${name}/versions?verbose=true`, { schema })
    const { messages } = fields(answer)
    if (Array.isArray(messages) && messages.length > 0) return messages.map(String)
  } catch {
    // The refusal is what matters, and it is told below.
  }
  return typeof message === 'string' ? [message] : []
}

async function lookUp(http: RequestOptions, subject: string, schema: string): Promise<number> {
  const answer = await request(http, 'POST', `/subjects/${encodeURIComponent(subject)}`, { schema })
  if (answer.status === 200) return idFrom(answer, subject)
  if (answer.status !== 404) throw odd(answer, `for subject '${subject}'`)
  throw unknownSchema(`this schema under subject '${subject}'`, 'Register it there, or leave `register` at true.')
}

async function fetchSchema(http: RequestOptions, id: number): Promise<RegisteredSchema> {
  const answer = await request(http, 'GET', `/schemas/ids/${id}`)
  if (answer.status === 404) {
    throw unknownSchema(
      `a schema with id ${id}`,
      'Check that the record was written with the same registry, and `wire`.',
    )
  }
  const references: string[] = []
  return { schema: await schemaFrom(http, answer, `for schema ${id}`, references, new Set()), references }
}

/** The schema of an answer; what it refers to is appended to `references`, deepest first and each once. */
async function schemaFrom(
  http: RequestOptions,
  answer: Answer,
  where: string,
  references: string[],
  seen: Set<string>,
): Promise<string> {
  const { schema, schemaType = 'AVRO', references: named = [] } = fields(answer)
  if (answer.status !== 200 || typeof schema !== 'string' || !Array.isArray(named)) throw odd(answer, where)
  if (schemaType !== 'AVRO') {
    throw new FaustError(
      'FAUST_SCHEMA_INCOMPATIBLE',
      `The schema registry's answer ${where} is of type ${String(schemaType)}, not Avro: declare the format it was written in.`,
    )
  }
  for (const { subject, version } of named as { subject: string; version: number }[]) {
    const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`
    if (seen.has(path)) continue
    seen.add(path)
    const found = await request(http, 'GET', path)
    references.push(await schemaFrom(http, found, `for '${subject}' version ${version}`, references, seen))
  }
  return schema
}

function checked(options: SchemaRegistryOptions): RequestOptions {
  const {
    url,
    auth,
    headers = {},
    timeout = 10_000,
    retries = 4,
    fetch = globalThis.fetch,
    clock = systemClock(),
  } = options
  checkOptions('schemaRegistry', options, ['url', 'auth', 'headers', 'timeout', 'retries', 'fetch', 'clock'])
  const urls = typeof url === 'string' ? [url] : url
  if (!Array.isArray(urls) || urls.length === 0)
    throw wrong('url', 'is missing. It takes `http://` or `https://` addresses.')
  if (!(timeout > 0)) throw wrong('timeout', `is ${timeout}. It must be more than 0 ms.`)
  if (!Number.isSafeInteger(retries) || retries < 0) throw wrong('retries', `is ${retries}. It must be a whole number.`)
  return { urls: urls.map(checkedUrl), auth, headers, timeout, retries, fetch, clock }
}

/** Without a slash at its end. Never quoted: it may hold a password. */
function checkedUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw wrong('url', 'is no `http://` or `https://` address.')
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw wrong('url', 'holds a user or a password, which would end up in logs. Use `auth`.')
  }
  return url.replace(/\/+$/, '')
}

function wrong(option: string, problem: string): FaustError {
  return new FaustError('FAUST_SETTING_INVALID', `schemaRegistry: the option \`${option}\` ${problem}`, {
    details: { option },
  })
}
