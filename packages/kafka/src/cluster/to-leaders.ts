import { partitionKey } from '@faust/core'
import type { TopicPartition } from '@faust/core'
import type { Connection } from '../connection/connection.ts'
import { isUnavailable } from '../connection/faults.ts'
import type { Api } from '../requests/api.ts'
import { brokerFault } from '../requests/broker-fault.ts'
import type { AskOptions, Leader, Led, PartitionResult } from './cluster.ts'
import type { Deadline } from './deadline.ts'
import type { LeaderSearch, UsedLeader } from './leaders.ts'
import { passingOf } from './passing-errors.ts'
import { TryAgain } from './retry.ts'
import { sendOnce } from './try-request.ts'

interface Question<Item extends TopicPartition, Request, Result extends PartitionResult> {
  readonly items: readonly Item[]
  readonly api: Api<Request, { readonly partitions: readonly Result[] }>
  readonly request: (items: readonly Led<Item>[]) => Request
  readonly options: AskOptions
}

/** A round of asking the leaders of many partitions at the same time; the next one asks only about those that need it. */
export function askLeaders<Item extends TopicPartition, Request, Result extends PartitionResult>(
  connection: Connection,
  search: LeaderSearch,
  { items, api, request, options }: Question<Item, Request, Result>,
): (deadline: Deadline) => Promise<readonly Result[] | TryAgain> {
  const open = new Map(items.map((item) => [keyOf(item), item]))
  const results = new Map<string, Result>()

  /** Takes what one broker answered; gives the last reason to ask again. */
  const take = (answered: readonly Result[]): TryAgain | undefined => {
    let again: TryAgain | undefined
    for (const result of answered) {
      const { topic, partition, error } = result
      const passing = error === 0 ? undefined : passingOf(error, options.quick)
      if (passing === undefined) {
        results.set(keyOf(result), result)
        open.delete(keyOf(result))
      } else {
        const details = { topic, partition }
        again = new TryAgain(brokerFault(error, { subject: `Partition ${partition} of topic "${topic}"`, details }))
      }
    }
    return again
  }

  const askNode = async (
    node: number,
    led: readonly Led<Item>[],
    deadline: Deadline,
  ): Promise<TryAgain | undefined> => {
    try {
      return take((await sendOnce(connection, node, api, request(led), options, deadline)).partitions)
    } catch (error) {
      if (isUnavailable(error)) return new TryAgain(error)
      throw error
    }
  }

  return async (deadline) => {
    const asked = [...open.values()]
    const leaders = await search.find(asked, deadline)
    if (leaders instanceof TryAgain) return leaders
    const nodes = Array.from(byNode(asked, leaders), ([node, led]) => askNode(node, led, deadline))
    const again = (await Promise.all(nodes)).find((each) => each !== undefined)
    if (again === undefined) return items.map((item) => results.get(keyOf(item)) as Result)
    const used = asked.map((partition, index): UsedLeader => ({ partition, leader: leaders[index] as Leader }))
    const failed = used.filter(({ partition }) => open.has(keyOf(partition)))
    return (await search.renew(failed, deadline)) ? new TryAgain(again.error, null) : again
  }
}

function byNode<Item extends TopicPartition>(
  items: readonly Item[],
  leaders: readonly Leader[],
): Map<number, Led<Item>[]> {
  const nodes = new Map<number, Led<Item>[]>()
  for (const [index, item] of items.entries()) {
    const { node, epoch } = leaders[index] as Leader
    const led = { ...item, leaderEpoch: epoch }
    const others = nodes.get(node)
    if (others === undefined) nodes.set(node, [led])
    else others.push(led)
  }
  return nodes
}

function keyOf({ topic, partition }: TopicPartition): string {
  return partitionKey(topic, partition)
}
