import type { TableDefinition } from '../processing/shard/table-definition.ts'
import type { ReadableEntries } from '../processing/shard/table-layout.ts'
import { invalidOption } from '../service/check-options.ts'
import { EntryAccess } from '../table/entry-access.ts'
import { Table, type TableParts } from '../table/table.ts'
import type { KeptWindows } from '../table/windows/kept-windows.ts'
import { keyWindowsSerializer } from '../table/windows/key-windows.ts'
import { ListKeeper } from '../table/windows/list-keeper.ts'
import { type ListShape, sessions, sliding } from '../table/windows/list-shape.ts'
import { Lists } from '../table/windows/lists.ts'
import { PaneKeeper } from '../table/windows/pane-keeper.ts'
import { Panes } from '../table/windows/panes.ts'
import type { WindowKeeper } from '../table/windows/window-keeper.ts'
import { isData } from '../table/windows/window-keys.ts'
import { WindowLayout } from '../table/windows/window-layout.ts'
import {
  checkAligned,
  checkKnown,
  checkSpan,
  type HoppingOptions,
  type SessionOptions,
  type SlidingOptions,
  type TumblingOptions,
  type WindowOptions,
  windowRule,
} from '../table/windows/window-options.ts'
import type { WindowRule } from '../table/windows/window-rule.ts'
import { windowSerializer } from '../table/windows/window-serializer.ts'
import { finalTopicName } from '../topic/names.ts'
import { defaultPartitioner } from '../topic/partitioner.ts'
import type { TopicDefinition } from '../topic/topic-definition.ts'
import type { Aligned } from '../window/aligned.ts'
import { alignedForm, sessionForm, slidingForm } from './table-form.ts'
import { WindowedTable } from './windowed-table.ts'

/** What a table is declared with. */
export interface DeclaredTableParts<Missing> extends TableParts<Missing> {
  /** More settings of the changelog, as given. */
  readonly config: Readonly<Record<string, string>>
  /** Puts another definition in the place of the table's; throws once it is too late. */
  readonly redefine: (definition: TableDefinition) => void
}

/** A day more than windows can be read: a worker may be away for so long. */
const DAY = 86_400_000

/** A table as `app.table` gives it: a dictionary, unless it is given windows before it is used. */
export class DeclaredTable<K, V, Missing = undefined> extends Table<K, V, Missing> {
  readonly #parts: DeclaredTableParts<Missing>

  constructor(parts: DeclaredTableParts<Missing>) {
    super(parts)
    this.#parts = parts
  }

  /** Gives it windows of `size` ms, one after the other. Use what this answers, not the table itself. */
  tumbling(options: TumblingOptions): WindowedTable<K, V, Missing> {
    return this.#aligned('tumbling', options, ['size'], ({ size }) => ({ size, step: size }))
  }

  /** Gives it windows of `size` ms that begin every `step` ms, so that a value is in several of them. */
  hopping(options: HoppingOptions): WindowedTable<K, V, Missing> {
    return this.#aligned('hopping', options, ['size', 'step'], ({ size, step }) => ({ size, step }))
  }

  /**
   * Gives it sliding windows: every stretch of `size` ms that differs from others in the values it holds. So values with
   * less than `size` between them meet in some window. A value changes every window it is in: keep `size` short
   * against the time between values of one key.
   */
  sliding(options: SlidingOptions): WindowedTable<K, V, Missing> {
    const where = `Table ${this.name}, sliding`
    checkKnown(where, options, ['size'])
    checkSpan(where, 'size', options.size)
    const rule = windowRule(where, this.owner, options, options.size * 2)
    return this.#listed(rule, sliding(options.size), slidingForm(this.definition.form, options.size, rule))
  }

  /**
   * Gives it sessions: values of a key with less than `gap` ms between them are one. A late value may join two, whose
   * values `merge` then makes one of.
   */
  session(options: SessionOptions<V>): WindowedTable<K, V, Missing> {
    const where = `Table ${this.name}, session`
    checkKnown(where, options, ['gap', 'merge'])
    checkSpan(where, 'gap', options.gap)
    if (typeof options.merge !== 'function') {
      throw invalidOption(
        where,
        'merge',
        'must be a function that makes one value of two: (one, other) => one + other.',
      )
    }
    const rule = windowRule(where, this.owner, options, options.gap)
    return this.#listed(rule, sessions(options.gap, options.merge), sessionForm(this.definition.form, rule))
  }

  #listed(rule: WindowRule, shape: ListShape, form: string): WindowedTable<K, V, Missing> {
    const { value } = this.definition
    const lists = keyWindowsSerializer(value)
    const layout = new WindowLayout(
      (key) => (isData(key) ? lists : value),
      (context, finals) => new ListKeeper(context, rule, finals, shape.keep),
    )
    return this.#windowed(rule, form, layout, (entries) => new Lists(entries, shape, rule, (shard) => layout.of(shard)))
  }

  #aligned<O extends WindowOptions>(
    kind: string,
    options: O,
    known: readonly string[],
    shape: (options: O) => Aligned,
  ): WindowedTable<K, V, Missing> {
    const where = `Table ${this.name}, ${kind}`
    checkKnown(where, options, known)
    const aligned = shape(options)
    checkAligned(where, aligned)
    const rule = windowRule(where, this.owner, options, aligned.size)
    const { value } = this.definition
    const layout = new WindowLayout(
      () => value,
      (context, finals) => new PaneKeeper(context, rule, finals, aligned),
    )
    const form = alignedForm(this.definition.form, aligned, rule)
    return this.#windowed(rule, form, layout, (entries) => new Panes(entries, aligned))
  }

  #windowed(
    rule: WindowRule,
    form: string,
    layout: WindowLayout<WindowKeeper>,
    keep: (entries: EntryAccess<K>) => KeptWindows<K>,
  ): WindowedTable<K, V, Missing> {
    const { cells, config, missing, redefine, runtime } = this.#parts
    if (cells !== undefined) {
      throw invalidOption(`Table ${this.name}`, 'ttl', 'says what windows say by their retention. Leave it out.')
    }
    const { grace, retention, span } = rule
    const definition: TableDefinition = {
      ...this.definition,
      form,
      keyed: false,
      layout,
      config: {
        'cleanup.policy': 'compact,delete',
        'message.timestamp.type': 'LogAppendTime',
        'retention.ms': String(span + grace + retention + DAY),
        ...config,
      },
    }
    redefine(definition)
    return new WindowedTable<K, V, Missing>({
      runtime,
      definition,
      rule,
      missing,
      kept: keep(new EntryAccess<K>(runtime, definition)),
      keeperOf: (shard: ReadableEntries) => layout.of(shard),
      outputs: layout.outputs,
      finalTopic: () => finalTopic(runtime.app, definition),
      declaring: () => redefine(definition),
    })
  }
}

/** The internal topic of a table's closed windows. */
function finalTopic(app: string, { key, name, replicas, value }: TableDefinition): TopicDefinition {
  return {
    name: finalTopicName(app, name),
    key,
    value: windowSerializer(value),
    tombstones: false,
    partitions: undefined,
    replicas,
    config: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
    create: true,
    internal: true,
    startAt: 'earliest',
    partitioner: defaultPartitioner({ random: () => 0 }),
  }
}
