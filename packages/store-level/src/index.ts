export { levelStore } from './level-store.ts'
export type { LevelStoreOptions } from './options.ts'
