import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRequire } from 'node:module'

const { Type } = createRequire(import.meta.url)('avsc') as typeof import('avsc')

interface Entry {
  readonly schema: string
  readonly references?: readonly { name: string; subject: string; version: number }[]
}

/** A schema registry over HTTP, in memory, that speaks Confluent's interface and keeps backward compatibility. */
export interface MemoryRegistry {
  readonly url: string
  /** `POST /subjects/orders-value/versions`, in the order in which they came. */
  readonly requests: string[]
  /** The authorization header of the last request. */
  authorization: string | undefined
  /** Answers the next requests with these statuses; 0 cuts the connection. */
  readonly failures: number[]
  /** Whether it explains when asked, as newer registries do. */
  verbose: boolean
  /** Puts a schema under an id and a subject, without rules. */
  put(id: number, entry: Entry & { schemaType?: string }, subject?: string): void
  ids(subject: string): readonly number[]
  close(): Promise<void>
}

export async function memoryRegistry(): Promise<MemoryRegistry> {
  const schemas = new Map<number, Entry>()
  const subjects = new Map<string, number[]>()
  const server = createServer((message, response) => {
    void (async () => {
      const body = await read(message)
      memory.requests.push(`${message.method} ${message.url}`)
      memory.authorization = message.headers.authorization
      const failure = memory.failures.shift()
      if (failure === 0) return message.socket.destroy()
      if (failure !== undefined) return answer(response, failure, { error_code: failure, message: 'as told' })
      const [path] = message.url!.split('?')
      const parts = path!.split('/').slice(1).map(decodeURIComponent)
      return route(response, message.method!, parts, body as { schema: string })
    })()
  })
  const route = (response: ServerResponse, method: string, parts: string[], body: { schema: string }): void => {
    const [root, name, sub, version] = parts
    if (root === 'compatibility') {
      const reasons = problems(parts[2]!, body.schema)
      if (!memory.verbose) return answer(response, 404, { error_code: 404 })
      return answer(response, 200, { is_compatible: reasons.length === 0, messages: reasons })
    }
    if (root === 'schemas') {
      const entry = schemas.get(Number(sub))
      return entry === undefined ? answer(response, 404, { error_code: 40403 }) : answer(response, 200, entry)
    }
    const known = subjects.get(name!) ?? []
    if (method === 'GET') return answer(response, 200, { ...schemas.get(known[Number(version) - 1]!) })
    const same = known.find((id) => schemas.get(id)!.schema === body.schema)
    if (same !== undefined) return answer(response, 200, { id: same })
    if (sub === undefined) return answer(response, 404, { error_code: 40403 })
    if (problems(name!, body.schema).length > 0) {
      return answer(response, 409, { error_code: 409, message: 'Schema being registered is incompatible' })
    }
    const elsewhere = [...schemas].find(([, { schema }]) => schema === body.schema)?.[0]
    const id = elsewhere ?? schemas.size + 1
    memory.put(id, { schema: body.schema }, name)
    return answer(response, 200, { id })
  }
  const problems = (subject: string, text: string): string[] => {
    const last = subjects.get(subject)?.at(-1)
    if (last === undefined) return []
    try {
      Type.forSchema(JSON.parse(text)).createResolver(Type.forSchema(JSON.parse(schemas.get(last)!.schema)))
      return []
    } catch (error) {
      return [`{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'${(error as Error).message}'}`]
    }
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const memory: MemoryRegistry = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    authorization: undefined,
    failures: [],
    verbose: true,
    put(id, entry, subject) {
      schemas.set(id, entry)
      if (subject !== undefined) subjects.set(subject, [...(subjects.get(subject) ?? []), id])
    },
    ids: (subject) => subjects.get(subject) ?? [],
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return memory
}

async function read(message: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of message) text += String(chunk)
  return text === '' ? {} : JSON.parse(text)
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(JSON.stringify(body))
}
