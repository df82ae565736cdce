import { Stream } from '../stream/stream.ts'
import type { Topic } from '../stream/topic.ts'
import { Windows, type WindowsParts } from '../table/windows/windows.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { Windowed } from '../window/window.ts'

/** What a windowed table is declared with. */
export interface WindowedTableParts<K, Missing> extends WindowsParts<K, Missing> {
  readonly outputs: TopicDefinition[]
  /** The topic that final results get when no other is given. */
  readonly finalTopic: () => TopicDefinition
  /** Throws once it is too late to declare anything. */
  readonly declaring: () => void
}

/** A table with a value for each window of time of each key. */
export class WindowedTable<K, V, Missing = undefined> extends Windows<K, V, Missing> {
  readonly #parts: WindowedTableParts<K, Missing>

  constructor(parts: WindowedTableParts<K, Missing>) {
    super(parts)
    this.#parts = parts
  }

  /**
   * The windows' last values as a stream, for an agent to read: each window comes once, when it closes, under its key and
   * with its last millisecond as timestamp. After a crash windows of the last commits may come again, under
   * exactly-once they don't. They go through a topic: the one given, else an internal one of the app's, which an agent
   * has to read.
   */
  final(topic?: Topic<K, Windowed<V>>): Stream<K, Windowed<V>> {
    const { declaring, definition, finalTopic, outputs, runtime } = this.#parts
    declaring()
    if (topic !== undefined) {
      if (!outputs.includes(topic.definition)) outputs.push(topic.definition)
      return topic
    }
    const own = outputs.find(({ internal }) => internal) ?? finalTopic()
    if (!outputs.includes(own)) outputs.push(own)
    return new Stream<K, Windowed<V>>(runtime, own, [], { kind: 'final', table: definition.name })
  }
}
