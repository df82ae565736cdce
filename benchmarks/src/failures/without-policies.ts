/** One place of core's code, as it is built, and what stands there instead. */
interface Change {
  /** Below core's `dist`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** All that failure policies do for a value that does not fail: look whether it is out of tries, and note that it wrote or sent. */
export const WITHOUT_POLICIES: readonly Change[] = [
  {
    file: 'processing/task/subscription.js',
    find: 'if (this.failed?.get(record.offset)?.over !== true)',
    replace: '',
  },
  { file: 'table/table.js', find: 'call.wroteFor = call.current;', replace: '' },
  { file: 'table/table-access.js', find: 'call.wroteFor = call.current;', replace: ';' },
  { file: 'processing/send/send.js', find: 'call.wroteFor = current;', replace: '' },
]
