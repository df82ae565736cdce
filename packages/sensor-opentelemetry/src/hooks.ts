import type { Sensor } from '@faust/core'
import type { Attributes } from '@opentelemetry/api'
import * as names from './attributes.ts'
import { errorType } from './error-type.ts'
import type { Gauges } from './gauges.ts'
import type { Instruments } from './instruments.ts'

/** What the hooks write to, while the sensor is open. */
export interface OpenMeter {
  readonly app: string
  readonly instruments: Instruments
}

/** What is measured for each hook. Times are made seconds here. */
export function hooksOf(open: () => OpenMeter | undefined, gauges: Gauges): Omit<Partial<Sensor>, 'trace'> {
  const tell = (measure: (instruments: Instruments, own: (more?: Attributes) => Attributes) => void): void => {
    const meter = open()
    if (meter === undefined) return
    measure(meter.instruments, (more) => ({ ...more, [names.APP]: meter.app }))
  }
  const failed = (error: unknown, facts: object): Attributes =>
    'error' in facts ? { [names.ERROR_TYPE]: errorType(error) } : {}
  return {
    onReceived({ bytes, count, lag, nextOffset, partition, topic }) {
      gauges.received(topic, partition, nextOffset, lag)
      tell(({ consumed, consumedBytes }, own) => {
        const at = { [names.DESTINATION]: topic }
        consumed.add(count, {
          ...operation(names.POLL, names.RECEIVE),
          ...own(at),
          [names.CONSUMER_GROUP]: own()[names.APP],
        })
        consumedBytes.add(bytes, own(at))
      })
    },
    onProcessed({ agent, count, duration, topic }) {
      tell(({ longest, processed }, own) => {
        const attributes = own({ [names.AGENT]: agent, [names.DESTINATION]: topic })
        processed.add(count, attributes)
        longest.record(duration / 1000, attributes)
      })
    },
    onFailed({ agent, error, outcome, topic }) {
      tell(({ failures }, own) =>
        failures.add(
          1,
          own({
            [names.AGENT]: agent,
            ...(topic !== '' && { [names.DESTINATION]: topic }),
            [names.OUTCOME]: outcome,
            [names.ERROR_TYPE]: errorType(error),
          }),
        ),
      )
    },
    onStall({ kind }) {
      tell(({ stalls }, own) => stalls.add(1, own({ [names.STALL]: kind })))
    },
    onSent(facts) {
      const { bytes, count, duration, error, topic } = facts
      tell(({ operationDuration, sent, sentBytes }, own) => {
        const attributes = {
          ...operation(names.SEND, names.SEND),
          ...own({ [names.DESTINATION]: topic }),
          ...failed(error, facts),
        }
        sent.add(count, attributes)
        operationDuration.record(duration / 1000, attributes)
        if (!('error' in facts)) sentBytes.add(bytes, own({ [names.DESTINATION]: topic }))
      })
    },
    onBackPressure({ paused, topic }) {
      if (paused) tell(({ pauses }, own) => pauses.add(1, own({ [names.DESTINATION]: topic })))
    },
    onTable({ deletes, gets, late, sets, table }) {
      tell(({ tableLate, tableOperations }, own) => {
        const count = (kind: string, times: number): void => {
          if (times > 0) tableOperations.add(times, own({ [names.TABLE]: table, [names.TABLE_OPERATION]: kind }))
        }
        count('get', gets)
        count('set', sets)
        count('delete', deletes)
        if (late > 0) tableLate.add(late, own({ [names.TABLE]: table }))
      })
    },
    onCommit(facts) {
      for (const { offset, partition, topic } of facts.offsets) gauges.committed(topic, partition, offset)
      tell(({ commitDuration, commitEntries }, own) => {
        commitDuration.record(facts.duration / 1000, own(failed(facts.error, facts)))
        commitEntries.add(facts.entries, own())
      })
    },
    onRebalance({ added, duration, kept }) {
      gauges.tasks = added + kept
      tell(({ rebalanceDuration }, own) => rebalanceDuration.record(duration / 1000, own()))
    },
    onReleased({ tables, topics }) {
      for (const { partition, topic } of topics) gauges.releaseTopic(topic, partition)
      for (const { partition, table } of tables) gauges.releaseTable(table, partition)
    },
    onRestore({ done, duration, partition, table, total }) {
      gauges.table(table, partition).remaining = total - done
      if (done === total) {
        tell(({ restoreDuration }, own) => restoreDuration.record(duration / 1000, own({ [names.TABLE]: table })))
      }
    },
    onStandby({ following, lag, partition, table }) {
      gauges.table(table, partition).standbyLag = following ? lag : 0
    },
    onState({ state }) {
      gauges.enter(state)
    },
  }
}

function operation(name: string, type: string): Attributes {
  return { [names.MESSAGING_SYSTEM]: names.SYSTEM, [names.OPERATION_NAME]: name, [names.OPERATION_TYPE]: type }
}
