import { ServicesError } from './errors.ts'
import type { ServiceNode } from './node.ts'

/** A server that somebody else runs, named by an environment variable: we use it and never touch it. */
export function externalNode(address: string, variable: string): ServiceNode {
  const refuse = (verb: string) => (): Promise<never> =>
    Promise.reject(
      new ServicesError(
        `Can't ${verb} ${address}: it is not ours but comes from ${variable}. ` +
          `Unset ${variable} and a server is started that can be.`,
      ),
    )
  return {
    address,
    pid: undefined,
    get logFile(): string {
      throw new ServicesError(`No log of ${address}: it comes from ${variable}.`)
    },
    state: 'running',
    kill: refuse('kill'),
    stop: refuse('stop'),
    pause: refuse('pause'),
    resume: refuse('resume'),
    restart: refuse('restart'),
  }
}
