import type { Runtime } from '../processing/runtime.ts'
import type { TableDefinition } from '../processing/table-definition.ts'
import { DeclaredTable } from './declared-table.ts'
import { tableDefinition } from './definitions.ts'
import type { TableOptions } from './options.ts'

/** Throws unless something may be declared now, under a name that is not among the taken ones. */
export type Declaring = (kind: string, name: string, taken: { has(name: string): boolean }) => void

/** The tables of an app as they are declared. */
export class TableRegistry {
  readonly definitions: Map<string, TableDefinition> = new Map()
  readonly #runtime: Runtime
  readonly #declaring: Declaring

  constructor(runtime: Runtime, declaring: Declaring) {
    this.#runtime = runtime
    this.#declaring = declaring
  }

  table<K, V, Missing>(name: string, options: TableOptions<K, V, Missing>): DeclaredTable<K, V, Missing> {
    const definition = tableDefinition(this.#runtime.app, name, options)
    this.#add(definition)
    return new DeclaredTable<K, V, Missing>({
      runtime: this.#runtime,
      definition,
      missing: options.default,
      config: options.config ?? {},
      redefine: (other) => {
        this.#declaring('windows of table', name, NONE)
        this.definitions.set(name, other)
      },
    })
  }

  #add(definition: TableDefinition): void {
    this.#declaring('table', definition.name, this.definitions)
    this.definitions.set(definition.name, definition)
  }
}

/** No name is taken. */
const NONE: ReadonlySet<string> = new Set()
