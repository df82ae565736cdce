/** A schema as a registry keeps it. */
export interface RegisteredSchema {
  /** JSON text. */
  readonly schema: string
  /** The schemas whose names it uses, as JSON text, each behind those that it uses itself. */
  readonly references: readonly string[]
}

/**
 * Where schemas are kept under an id. `schemaRegistry` speaks to Confluent's and to all that speak as it does; another one
 * is an object with these functions. Called once per subject or id while that succeeds, also while other calls are under
 * way. Rejects with a `FaustError`.
 */
export interface SchemaRegistry {
  /** Registers a schema under a subject, where it is not yet; answers its id. */
  register(subject: string, schema: string): Promise<number>
  /** The id of a schema that has been registered under a subject. */
  idOf(subject: string, schema: string): Promise<number>
  /** The schema with an id. */
  schemaOf(id: number): Promise<RegisteredSchema>
}
