import type { TopicDefinition } from '../../topic/topic-definition.ts'
import type { Grace } from '../../window/window.ts'

/** Everything that is said of a table's windows but for their shape. Times in ms. */
export interface WindowRule extends Grace {
  /** How long closed windows can be read. */
  readonly retention: number
  readonly time: 'event' | 'clock'
  readonly idle: number | undefined
  /** The longest time from a window's start to its end, as far as it is known. */
  readonly span: number
  /** Gets late records as they came. */
  readonly late: TopicDefinition | undefined
}
