import type { Finding } from './finding.ts'
import type { Repository } from './repository.ts'
import { references } from './source.ts'

/** The rooms of core, highest first. A room may import the rooms below it; cycles between files are oxlint's to find. */
export const ROOMS = [
  'app',
  'agent',
  'schedule',
  'stream',
  'table',
  'processing',
  'assignment',
  'window',
  'topic',
  'transport',
  'store',
  'serializer',
  'sensor',
  'service',
] as const

const SOURCE = 'packages/core/src/'
const REMEDY =
  'Imports in core point downwards. Move what is shared to the lower room, or let the lower room declare an interface ' +
  'that the higher one fills.'

/** The room of a file of core; undefined for the index, which sees all of them. */
function roomOf(file: string): string | undefined {
  const [first, ...rest] = file.slice(SOURCE.length).split('/')
  return rest.length === 0 ? undefined : first
}

function height(room: string): number {
  return ROOMS.length - ROOMS.findIndex((known) => known === room)
}

export function checkRooms(repository: Repository): Finding[] {
  const findings: Finding[] = []
  const isCore = (file: string): boolean => file.startsWith(SOURCE) && file.endsWith('.ts')

  for (const file of repository.files.filter(isCore)) {
    const room = roomOf(file)
    const known = room === undefined ? file === `${SOURCE}index.ts` : ROOMS.some((name) => name === room)
    if (known) continue
    findings.push({
      file,
      line: 1,
      problem: room === undefined ? 'is in no room of core' : `is in "${room}", which is no room of core`,
      remedy: `Put it into one of: ${ROOMS.join(', ')}. Only index.ts stands beside the rooms.`,
    })
  }

  for (const { file, line, target } of references(repository, isCore)) {
    const from = roomOf(file)
    if (from === undefined || target === undefined || !target.startsWith(SOURCE)) continue
    const to = roomOf(target)
    if (to === undefined) {
      findings.push({ file, line, problem: `${from} imports the index of core`, remedy: 'Import the file itself.' })
    } else if (height(to) > height(from)) {
      findings.push({ file, line, problem: `${from} imports ${to}, which is above it`, remedy: REMEDY })
    }
  }
  return findings
}
