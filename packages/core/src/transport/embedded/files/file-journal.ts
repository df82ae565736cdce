import type { Journal, JournalEntry } from '../log/journal.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { beginEntry, FrameFile } from './frame-file.ts'
import { scanFrames } from './frame-scan.ts'
import type { OpenFiles } from './open-files.ts'

/** The file is written anew when it has so many entries more … */
const SLACK = 10_000
/** … than this many times what it had when it was written. */
const GROWTH = 3

/** Topics, groups and transactions in one append-only file, written anew when it holds mostly what is over. */
export class FileJournal implements Journal {
  readonly #path: string
  readonly #files: OpenFiles
  readonly #writer = new ByteWriter()
  #file: FrameFile
  #entries = 0
  #written = 0
  #snapshot: (() => Iterable<JournalEntry>) | null = null

  /** Calls `replay` with every entry that the file has. */
  constructor(
    path: string,
    files: OpenFiles,
    replay: (entry: JournalEntry) => void,
    onTorn: (path: string, bytes: number) => void,
  ) {
    this.#path = path
    this.#files = files
    const { end, torn } = scanFrames(path, (entry) => {
      this.#entries++
      replay(parse(entry))
    })
    if (torn > 0) onTorn(path, torn)
    this.#file = new FrameFile(path, files, end)
  }

  /** From now on the file may be written anew; `snapshot` gives what leads to the state of now. */
  compactWith(snapshot: () => Iterable<JournalEntry>): void {
    this.#snapshot = snapshot
  }

  append(entry: JournalEntry): void {
    if (this.#entries > this.#written * GROWTH + SLACK) this.#rewrite()
    this.#add(this.#file, entry)
    this.#entries++
  }

  close(): void {
    this.#file.close()
  }

  #rewrite(): void {
    if (this.#snapshot === null) return
    const file = new FrameFile(`${this.#path}.new`, this.#files, 0)
    let entries = 0
    for (const entry of this.#snapshot()) {
      this.#add(file, entry)
      entries++
    }
    // With nothing in it there is no file to put in the old one's place.
    if (entries === 0) return
    file.replace(this.#file)
    this.#file = file
    this.#entries = this.#written = entries
  }

  #add(file: FrameFile, entry: JournalEntry): void {
    beginEntry(this.#writer)
    this.#writer.text(JSON.stringify(entry))
    file.append(this.#writer)
  }
}

function parse(entry: Buffer): JournalEntry {
  try {
    return JSON.parse(new ByteReader(entry).text()) as JournalEntry
  } catch {
    throw new RangeError('an entry is not what was written')
  }
}
