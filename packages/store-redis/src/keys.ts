/** Names of keys. The part in braces decides on the slot of a cluster: so all keys of a shard are in one slot. */
export interface Keys {
  /** The set of all shards of the app. */
  readonly shards: string
  /** The member of that set for a shard. */
  member(table: string, partition: number): string
  /** The shard of a member. */
  shardOf(member: string): { readonly table: string; readonly partition: number }
  /** What the names of all keys of a shard begin with. */
  base(table: string, partition: number): string
}

/** The keys of one app. A colon or a brace in a name is escaped, so no two shards share a key. */
export function appKeys(prefix: string, app: string): Keys {
  const home = `${encodeURIComponent(prefix)}:${encodeURIComponent(app)}`
  const member = (table: string, partition: number): string => `${encodeURIComponent(table)}:${partition}`
  return {
    shards: `{${home}}:shards`,
    member,
    shardOf(text) {
      const at = text.lastIndexOf(':')
      return { table: decodeURIComponent(text.slice(0, at)), partition: Number(text.slice(at + 1)) }
    },
    base: (table, partition) => `{${home}:${member(table, partition)}}`,
  }
}
