import { writeSync } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { BEAT, SEED, SPIN } from './spinning.ts'

// The thread behind `spinning.ts`.
const shared = workerData as Int32Array
let seen = -1
let since = performance.now()
setInterval(() => {
  if (shared[BEAT] !== seen) {
    seen = shared[BEAT]!
    since = performance.now()
  } else if (performance.now() - since > SPIN) {
    writeSync(1, `Seed ${shared[SEED]} fails: it spins, and for ${SPIN / 1000} s nothing else of its process has run\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}, 500)
