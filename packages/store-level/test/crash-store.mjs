import { levelStore } from '@faust/store-level'

/** What the kit's crash test starts in a process of its own. */
export const createStore = (directory) => levelStore({ directory })
