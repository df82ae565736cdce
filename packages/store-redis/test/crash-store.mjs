import { redisStore } from '@faust/store-redis'

/** What the kit's crash test starts in a process of its own: the directory is a name like any other. */
export const createStore = (directory) => redisStore({ url: process.env.STORE_REDIS_URL, prefix: `crash-${directory}` })
