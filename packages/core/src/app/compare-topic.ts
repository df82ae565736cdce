import { FaustError } from '../service/errors.ts'
import type { Logger } from '../service/logger.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { TopicDescription } from '../transport/admin.ts'
import { counted } from '../service/counted.ts'

/** A wrong partition count would send keys elsewhere, so it is an error; other differences are said. */
export function compareTopic(wanted: TopicDefinition, found: TopicDescription, logger: Logger): void {
  if (wanted.partitions !== undefined && wanted.partitions !== found.partitions) {
    throw new FaustError(
      'FAUST_TOPIC_DIFFERS',
      `Topic ${wanted.name} has ${counted(found.partitions, 'partition')}, but ${wanted.partitions} ` +
        (wanted.internal
          ? `are needed by the topics that it belongs with. Its keys would be looked for elsewhere: reset the app's ` +
            `internal topics, or raise the app's \`version\`.`
          : `were declared. Declare ${found.partitions}, or leave \`partitions\` out.`),
      { details: { topic: wanted.name, declared: wanted.partitions, found: found.partitions } },
    )
  }
  const list = Object.entries(wanted.config)
    .filter(([name, value]) => !isSame(found.config[name], value))
    .map(([name, value]) => `${name} is ${found.config[name] ?? 'no setting of this log'}, declared ${value}`)
  // A log that does not say how many copies it keeps is not asked for more.
  if (wanted.replicas !== undefined && wanted.replicas !== (found.replicas ?? wanted.replicas)) {
    list.unshift(`it has ${counted(found.replicas!, 'replica')}, declared ${wanted.replicas}`)
  }
  if (list.length === 0) return
  logger.warn(
    { topic: wanted.name },
    `Topic ${wanted.name} differs from its declaration and is left as it is: ${list.join('; ')}`,
  )
}

/** Lists mean the same in any order, as the log does not sort them. */
function isSame(found: string | undefined, wanted: string): boolean {
  const parts = (value: string): string => value.split(',').sort().join()
  return found === wanted || (found !== undefined && parts(found) === parts(wanted))
}
