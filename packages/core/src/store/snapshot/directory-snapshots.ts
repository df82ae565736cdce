import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkOptions, checkWhole } from '../../service/check-options.ts'
import type { SnapshotTarget } from './snapshot-target.ts'

/** How snapshots are kept in a directory. */
export interface DirectorySnapshotsOptions {
  /** Made when missing. Workers on several machines need one that all of them reach. */
  readonly directory: string
  /** Snapshots of each shard that are kept, at least 2: the newest ones. Default 2. */
  readonly keep?: number | undefined
}

/** What a file is called while it is written. */
const UNFINISHED = '.unfinished'

/** Keeps snapshots as files, one for each. */
export function directorySnapshots(options: DirectorySnapshotsOptions): SnapshotTarget {
  checkOptions('directorySnapshots', options, ['directory', 'keep'])
  checkWhole('directorySnapshots', 'keep', options.keep, 2)
  const { directory, keep = 2 } = options
  let written = 0

  const list = async (prefix: string): Promise<readonly string[]> => {
    const files = await readdir(join(directory, prefix)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    return files.filter((file) => !file.includes(UNFINISHED)).map((file) => prefix + file)
  }

  return {
    list,

    async write(name, chunks) {
      const path = join(directory, name)
      // Two workers may write the same one, of which the last wins.
      const unfinished = `${path}${UNFINISHED}-${process.pid}-${++written}`
      await mkdir(dirname(path), { recursive: true })
      const file = await open(unfinished, 'w')
      try {
        for await (const chunk of chunks) await file.writeFile(chunk)
        await file.sync()
      } catch (error) {
        await file.close()
        await rm(unfinished, { force: true })
        throw error
      }
      await file.close()
      await rename(unfinished, path)
      const folder = name.slice(0, name.lastIndexOf('/') + 1)
      const old = (await list(folder)).toSorted((a, b) => (a < b ? -1 : 1)).slice(0, -keep)
      for (const one of old) await rm(join(directory, one), { force: true })
    },

    async *read(name) {
      yield* createReadStream(join(directory, name), { highWaterMark: 2 ** 20 }) as AsyncIterable<Uint8Array>
    },
  }
}
