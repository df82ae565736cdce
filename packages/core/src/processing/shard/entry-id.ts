/** A string that identifies key bytes; distinct from any key that is a string itself. */
export function bytesId(bytes: Uint8Array): string {
  let id = '\u0000'
  for (let index = 0; index < bytes.length; index++) id += String.fromCharCode(bytes[index]!)
  return id
}

/** Whether a key is its own id: ids of all others begin with a zero. */
export function isSimple(key: unknown): key is string {
  return typeof key === 'string' && key.charCodeAt(0) !== 0
}

/** What identifies a key that is kept under its own bytes. */
export function entryId(key: unknown, bytes: Uint8Array): string {
  return isSimple(key) ? key : bytesId(bytes)
}
