const RESERVED_ON_WINDOWS = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/

/**
 * A name as a folder's name that every file system keeps apart from all others: a capital becomes `+` and its small
 * letter, for systems that don't tell them apart, and what is neither letter, digit, `-`, `_` nor `.` becomes `%` and hex.
 */
export function safeName(name: string): string {
  const plain = name.replace(/[^a-z0-9._-]/gu, (character) =>
    /[A-Z]/.test(character) ? `+${character.toLowerCase()}` : hex(character),
  )
  // Neither hidden nor the folder above, and nothing that Windows takes for a device or strips.
  return plain.replace(/^\.|\.$/g, hex).replace(RESERVED_ON_WINDOWS, (device) => hex(device[0]!) + device.slice(1))
}

/** The name that `safeName` was given. */
export function originalName(safe: string): string {
  const plain = safe.replace(/\+([a-z])/g, (_, letter: string) => letter.toUpperCase())
  try {
    return decodeURIComponent(plain)
  } catch {
    return plain
  }
}

/** The folder of a shard. The partition is what follows the last dash. */
export function shardFolder(table: string, partition: number): string {
  return `${safeName(table)}-${partition}`
}

/** What a folder holds, or `undefined` for one that isn't a shard's. */
export function shardOf(folder: string): { readonly table: string; readonly partition: number } | undefined {
  const [, safe, digits] = /^(.+)-(\d+)$/.exec(folder) ?? []
  if (safe === undefined) return undefined
  const shard = { table: originalName(safe), partition: Number(digits) }
  return shardFolder(shard.table, shard.partition) === folder ? shard : undefined
}

function hex(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
}
