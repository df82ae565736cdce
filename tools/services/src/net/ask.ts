import { connect } from 'node:net'

const TIMEOUT_MS = 2000

/**
 * One request and its answer over a connection of its own. `undefined` when nobody answers in time: while a server
 * starts, every kind of refusal is expected.
 */
export function ask(
  address: string,
  request: Uint8Array,
  isComplete: (answer: Buffer) => boolean,
): Promise<Buffer | undefined> {
  const { hostname, port } = new URL(`tcp://${address}`)
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = connect(Number(port), hostname.replace(/^\[(.*)\]$/, '$1'), () => socket.write(request))
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => resolve(isComplete(answer) ? answer : undefined))
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (isComplete(answer)) socket.destroy()
    })
  })
}
