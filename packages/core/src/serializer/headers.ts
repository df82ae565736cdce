/** A header. Names may repeat and their order is kept. */
export type Header = readonly [name: string, value: Uint8Array | null]

/** The headers of a record, in order. */
export type Headers = readonly Header[]

/** What a record without headers carries; shared, so compare with it to skip work. */
export const NO_HEADERS: Headers = Object.freeze([])
