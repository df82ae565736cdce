import { createRequire } from 'node:module'
import { FaustError } from '@faust/core'
import type { Lz4Library } from './lz4.ts'
import type { SnappyLibrary } from './snappy.ts'

const require = createRequire(import.meta.url)

export function loadSnappy(): SnappyLibrary {
  return loadPackage('snappy', 'snappy') as SnappyLibrary
}

export function loadLz4(): Lz4Library {
  return loadPackage('lz4', 'lz4-napi') as Lz4Library
}

/** Throws `FAUST_NOT_SUPPORTED` when it is not there. */
export function loadPackage(codec: string, name: string): unknown {
  try {
    return require(name)
  } catch (error) {
    throw new FaustError(
      'FAUST_NOT_SUPPORTED',
      `Records are compressed by ${codec}, and the package '${name}' cannot be loaded: install it (npm install ${name}) ` +
        `or hand it over as the option \`codecs: { ${codec} }\``,
      { cause: error, details: { codec, package: name } },
    )
  }
}
