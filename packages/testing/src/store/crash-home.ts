import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CrashPlan } from './crash-plan.ts'

/** A directory for the data of processes that follow each other, and the file of their plan. */
export interface CrashHome {
  readonly directory: string
  readonly plan: string
}

/** Calls `run` with a new one, which is gone afterwards. */
export async function inCrashHome(plan: CrashPlan, run: (home: CrashHome) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'store-crash-'))
  try {
    const file = join(home, 'plan.json')
    await writeFile(file, JSON.stringify(plan))
    await run({ directory: join(home, 'data'), plan: file })
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
