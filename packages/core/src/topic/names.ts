import { FaustError } from '../service/errors.ts'

/** Kafka's rule for topic names; group ids and directories bear the same. */
const ALLOWED = /^[A-Za-z0-9._-]+$/
const MAX_LENGTH = 249

/** Throws `FAUST_NAME_INVALID` unless `name` can be a topic's name. `what` says whose name it is. */
export function checkName(what: string, name: string): string {
  checkNamed(what, name)
  const problem =
    name.length === 0
      ? 'is empty'
      : name === '.' || name === '..'
        ? 'is a path'
        : name.length > MAX_LENGTH
          ? `has ${name.length} characters, at most ${MAX_LENGTH} are allowed`
          : ALLOWED.test(name)
            ? undefined
            : `has the character ${JSON.stringify(/[^A-Za-z0-9._-]/u.exec(name)?.[0])}`
  if (problem === undefined) return name
  throw new FaustError(
    'FAUST_NAME_INVALID',
    `The name of ${what}, ${JSON.stringify(name)}, ${problem}. Use letters, digits, '.', '_' and '-'.`,
    { details: { name } },
  )
}

/** Throws `FAUST_NAME_INVALID` for what is no string: in JavaScript a name is easily forgotten, and what follows it comes first. */
export function checkNamed(what: string, name: unknown): asserts name is string {
  if (typeof name === 'string') return
  if (name === undefined) throw new FaustError('FAUST_NAME_INVALID', `The name of ${what} is missing: give it one.`)
  const given = name === null ? 'null' : `of type ${typeof name}`
  throw new FaustError('FAUST_NAME_INVALID', `The name of ${what} is ${given}, not a string.`)
}

/** `{app}-{source}-{name}-repartition` */
export function repartitionTopicName(app: string, source: string, name: string): string {
  return checkName('a repartition topic', `${app}-${source}-${name}-repartition`)
}

/** `{app}-{table}-changelog` */
export function changelogTopicName(app: string, table: string): string {
  return checkName('a changelog', `${app}-${table}-changelog`)
}

/** `{app}-{table}-final` */
export function finalTopicName(app: string, table: string): string {
  return checkName('a topic of final results', `${app}-${table}-final`)
}

/** `{app}-{agent}-dead-letters` */
export function deadLetterTopicName(app: string, agent: string): string {
  return checkName('a topic for dead letters', `${app}-${slug(agent)}-dead-letters`)
}

/** `{app}-{agent}-replay` */
export function replayTopicName(app: string, agent: string): string {
  return checkName('a replay topic', `${app}-${slug(agent)}-replay`)
}

/** `{app}-replayed` */
export function replayedTopicName(app: string): string {
  return checkName('the topic of replayed letters', `${app}-replayed`)
}

/** Agents that core makes for a `groupBy` have spaces in their names. */
function slug(agent: string): string {
  return agent.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/-$/, '')
}
