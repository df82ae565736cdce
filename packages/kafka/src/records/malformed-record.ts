/** Why the records of a batch cannot be read. It does not leave this folder: a record with an `error` comes of it. */
export class MalformedRecord extends Error {}
