/** Stream time before the first record with a timestamp. */
export const NO_TIME = -1

/** In front of the time in an offset's metadata. */
const NAME = 'streamTime='

/** Stream time as the metadata of a committed offset: the largest timestamp below it, in epoch ms. */
export function timeMetadata(time: number): string {
  return time === NO_TIME ? '' : `${NAME}${time}`
}

/** The stream time in an offset's metadata; `NO_TIME` when there is none, as in what others have committed. */
export function timeOf(metadata: string): number {
  const digits = metadata.startsWith(NAME) ? metadata.slice(NAME.length) : ''
  return /^\d{1,15}$/.test(digits) ? Number(digits) : NO_TIME
}
