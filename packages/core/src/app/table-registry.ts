import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/shard/table-definition.ts'
import { GlobalTable } from '../table/global-table.ts'
import { SetTable } from '../table/set-table.ts'
import { SourceTable } from '../table/source-table.ts'
import { ttlCells } from '../table/ttl/ttl-cells.ts'
import { TtlLayout } from '../table/ttl/ttl-layout.ts'
import { ttlRule } from '../table/ttl/ttl-rule.ts'
import { DeclaredTable } from './declared-table.ts'
import { setTableDefinition, tableDefinition } from './definitions.ts'
import { globalTableDefinition } from './global-table-definition.ts'
import type { GlobalTableOptions, SetTableOptions, TableOptions } from './options.ts'
import { ttlForm } from './table-form.ts'

/** Throws unless something may be declared now, under a name that is not among the taken ones. */
export type Declaring = (kind: string, name: string, taken: { has(name: string): boolean }) => void

/** The tables of an app as they are declared. */
export class TableRegistry {
  readonly definitions: Map<string, TableDefinition> = new Map()
  /** Of which every worker keeps all partitions. */
  readonly globals: Map<string, TableDefinition> = new Map()
  readonly #runtime: Runtime
  readonly #declaring: Declaring

  constructor(runtime: Runtime, declaring: Declaring) {
    this.#runtime = runtime
    this.#declaring = declaring
  }

  table<K, V, Missing>(
    name: string,
    options: TableOptions<K, V, Missing>,
  ): DeclaredTable<K, V, Missing> | SourceTable<K, V, Missing> {
    const runtime = this.#runtime
    const plain = tableDefinition(runtime.app, name, options)
    const rule = options.ttl === undefined ? undefined : ttlRule(`Table ${name}`, options.ttl)
    const now = (): number => runtime.worker(`Table ${name} can't be used`).parts.clock.now()
    const layout = rule && new TtlLayout(plain.value, rule, now)
    const definition = { ...plain, layout, form: rule === undefined ? plain.form : ttlForm(plain.form, rule) }
    const cells = layout && ttlCells(layout)
    this.#add(definition)
    if (definition.partitionBy === 'source') {
      return new SourceTable<K, V, Missing>({ runtime, definition, missing: options.default, cells })
    }
    return new DeclaredTable<K, V, Missing>({
      runtime,
      definition,
      cells,
      missing: options.default,
      config: options.config ?? {},
      redefine: (other) => {
        this.#declaring('windows of table', name, NONE)
        this.definitions.set(name, other)
      },
    })
  }

  setTable<K, E>(name: string, options: SetTableOptions<K, E>): SetTable<K, E> {
    const { definition, element } = setTableDefinition(this.#runtime.app, name, options)
    this.#add(definition)
    return new SetTable(this.#runtime, definition, element)
  }

  globalTable<K, V, Missing>(name: string, options: GlobalTableOptions<K, V, Missing>): GlobalTable<K, V, Missing> {
    const definition = globalTableDefinition(this.#runtime, name, options)
    this.#declaring('table', name, this.#names)
    this.globals.set(name, definition)
    return new GlobalTable(this.#runtime, definition, options.default)
  }

  get size(): number {
    return this.definitions.size + this.globals.size
  }

  get #names(): ReadonlySet<string> {
    return new Set([...this.definitions.keys(), ...this.globals.keys()])
  }

  #add(definition: TableDefinition): void {
    this.#declaring('table', definition.name, this.#names)
    this.definitions.set(definition.name, definition)
  }
}

/** No name is taken. */
const NONE: ReadonlySet<string> = new Set()
