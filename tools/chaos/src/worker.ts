import { parseArgs } from 'node:util'
import { levelStore } from '@faust/store-level'
import { kafkajsTransport } from '@faust/transport-kafkajs'
import { factSensor } from './facts.ts'
import { chaosProgram } from './program.ts'
import { WORKER_SETTINGS } from './settings.ts'
import { stopsWithin } from './stop-within.ts'

// The program of one worker process: `node worker.js --run <id> --brokers <host:port,…> --state <directory>
// --guarantee <which> --standbys <copies>`. It prints facts, `ready` when its partitions are live, and ends on SIGTERM.
const { values } = parseArgs({
  options: {
    run: { type: 'string' },
    brokers: { type: 'string' },
    state: { type: 'string' },
    guarantee: { type: 'string' },
    standbys: { type: 'string', default: '0' },
  },
})
const { run = '', brokers = '', guarantee, state = '' } = values

const { app } = chaosProgram({
  ...WORKER_SETTINGS,
  guarantee: guarantee === 'exactly-once' ? guarantee : 'at-least-once',
  standbyReplicas: Number(values.standbys),
  id: run,
  transport: stopsWithin(kafkajsTransport({ brokers: brokers.split(',') })),
  store: levelStore({ directory: state }),
  sensors: [factSensor()],
})
app.task('say so', () => process.stdout.write('ready\n'))
await app.main()
