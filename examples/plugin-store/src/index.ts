export { mapStore } from './map-store.ts'
