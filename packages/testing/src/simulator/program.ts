import type { App, RecordToSend, Topic } from '@faust/core'

/** What a factory makes: the app, and whatever input and check want to name of it. */
export interface Program {
  readonly app: App
}

/** A record that comes into a topic from outside. */
export interface SimulatedInput<K = unknown, V = unknown> extends RecordToSend<K, V> {
  readonly topic: Topic<K, V>
}
