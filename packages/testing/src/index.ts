export { virtualClock } from './clock/virtual-clock.ts'
export type { VirtualClock, VirtualClockOptions } from './clock/virtual-clock.ts'
export { seededRandom } from './random/seeded-random.ts'
export type { SeededRandom } from './random/seeded-random.ts'
