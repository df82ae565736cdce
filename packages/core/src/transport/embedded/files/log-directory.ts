import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Logger } from '../../../service/logger.ts'
import type { JournalEntry } from '../log/journal.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { PartitionStorage } from '../log/partition-storage.ts'
import type { Topic } from '../log/topic.ts'
import { ByteWriter } from './byte-writer.ts'
import { DirectoryLock } from './directory-lock.ts'
import { FileJournal } from './file-journal.ts'
import { directoryFault } from './file-fault.ts'
import { OpenFiles } from './open-files.ts'
import { PartitionFile } from './partition-file.ts'

/** Characters of a topic's name that its directory shows; the rest of the name is its id's. */
const SHOWN = 100

/**
 * The directory of a log: `lock`, `state.log` for topics, groups and transactions, and `topics/<name>-<id>/<n>.log` for
 * partition n. Written by one process at a time.
 */
export class LogDirectory {
  readonly journal: FileJournal
  readonly #topics: string
  readonly #lock: DirectoryLock
  readonly #files = new OpenFiles()
  readonly #writer = new ByteWriter()
  readonly #logger: Logger

  /** Takes the directory, making it when it is missing, and calls `replay` with what its journal has. */
  constructor(directory: string, logger: Logger, replay: (entry: JournalEntry) => void) {
    const path = resolve(directory)
    this.#logger = logger
    this.#topics = join(path, 'topics')
    make(this.#topics)
    this.#lock = new DirectoryLock(path)
    try {
      rmSync(join(path, 'state.log.new'), { force: true })
      this.journal = new FileJournal(join(path, 'state.log'), this.#files, replay, this.#onTorn)
    } catch (error) {
      this.#lock.release()
      throw error
    }
  }

  /** Opens a partition's file and reads it into `log`. */
  readonly openStorage = (topic: Topic, log: PartitionLog): PartitionStorage => {
    const directory = join(this.#topics, directoryOf(topic))
    make(directory)
    const path = join(directory, `${log.partition}.log`)
    rmSync(`${path}.new`, { force: true })
    return new PartitionFile({ path, files: this.#files, log, writer: this.#writer, onTorn: this.#onTorn })
  }

  /** Removes what is left of topics that are no more. */
  removeOthers(topics: Iterable<Topic>): void {
    const known = new Set([...topics].map(directoryOf))
    for (const name of readdirSync(this.#topics)) {
      if (!known.has(name)) rmSync(join(this.#topics, name), { recursive: true, force: true })
    }
  }

  close(): void {
    this.#files.closeAll()
    this.#lock.release()
  }

  readonly #onTorn = (path: string, bytes: number): void => {
    const message = 'The last entry of a file was not written to its end, as a crash leaves it: it is cut off'
    this.#logger.warn({ path, bytes }, message)
  }
}

function directoryOf({ name, id }: Topic): string {
  return `${name.slice(0, SHOWN)}-${id}`
}

function make(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    throw directoryFault(directory, 'Making the directory', error)
  }
}
