import { NO_TIME } from './stream-time.ts'

/** What is committed with an offset. */
export interface OffsetMetadata {
  /** Stream time, the largest timestamp below the offset, in epoch ms; `NO_TIME` when there is none. */
  readonly time: number
  /** The forms of tables that the task has or had, by the topic ids of their changelogs. */
  readonly forms: ReadonlyMap<string, string>
}

/** Bytes that forms may take: logs take no more than some 4,000 with an offset, and are sent them with each commit. */
const MOST_FORMS = 1000
/** Times have as many digits as safe integers have: some producers stamp in microseconds. */
const PARTS = /^(?:streamTime=(\d{1,16}))? ?(\{.*\})?$/s

/** Forms as they stand in metadata. Those that find no room are left out, the last ones first. */
export function encodeForms(forms: OffsetMetadata['forms']): string {
  let text = ''
  for (const [log, form] of forms) {
    const longer = `${text}${text === '' ? '' : ','}${JSON.stringify(log)}:${JSON.stringify(form)}`
    if (Buffer.byteLength(longer) <= MOST_FORMS) text = longer
  }
  return text === '' ? '' : `{${text}}`
}

/** `forms` as `encodeForms` gives them. */
export function encodeMetadata(time: number, forms: string): string {
  const stream = time === NO_TIME ? '' : `streamTime=${time}`
  return stream === '' || forms === '' ? stream + forms : `${stream} ${forms}`
}

/** What others have committed says nothing. */
export function decodeMetadata(metadata: string): OffsetMetadata {
  const [, time, forms] = PARTS.exec(metadata) ?? []
  return { time: time === undefined ? NO_TIME : Number(time), forms: new Map(forms === undefined ? [] : parse(forms)) }
}

function parse(forms: string): [string, string][] {
  try {
    return Object.entries(JSON.parse(forms) as object).filter(([, form]) => typeof form === 'string')
  } catch {
    return []
  }
}
