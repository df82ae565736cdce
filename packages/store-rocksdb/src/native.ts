import { createRequire } from 'node:module'
import { FaustError, messageOf } from '@faust/core'
import { codeOf } from '@faust/core/directory-store'
import type { RocksDBModule } from './rocksdb-native.ts'

const require = createRequire(import.meta.url)

/**
 * Loads RocksDB's binding. It can't be imported at the top of a file: where the binding does not run, that would be a crash
 * before anybody could say why.
 */
export function loadNative(
  load: () => RocksDBModule = () => require('rocksdb-native') as RocksDBModule,
): RocksDBModule {
  try {
    return load()
  } catch (error) {
    const problem = `store-rocksdb can't run on this machine: ${messageOf(reasonOf(error))}. ${remedyFor(error)}`
    throw new FaustError('FAUST_STORE_UNAVAILABLE', problem, { cause: error })
  }
}

/** The words of the dynamic linker lie beneath those of the module that looked for the binary. */
function reasonOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}

function remedyFor(error: unknown): string {
  const reason = messageOf(reasonOf(error))
  if (/libatomic/i.test(reason)) {
    return (
      'RocksDB needs the library libatomic: install it (`apt-get install libatomic1` on Debian and Ubuntu, `dnf install libatomic` on ' +
      'Fedora and RHEL, `apk add libatomic` on Alpine), or use @faust/store-level, which needs nothing.'
    )
  }
  if (codeOf(error) === 'ADDON_NOT_FOUND') {
    return (
      `rocksdb-native has no binary for ${process.platform}-${process.arch}: it has those for Linux (glibc), macOS and Windows. ` +
      'Use @faust/store-level here.'
    )
  }
  return 'Install what it names, or use @faust/store-level, which needs nothing.'
}
