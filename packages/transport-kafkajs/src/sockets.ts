import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import { Frames } from './frames.ts'

const KEEP_ALIVE = 60_000
/** Bytes of one read. */
const READ_BYTES = 2 ** 18

/**
 * As kafkajs opens sockets itself, but requests leave at once: Nagle's algorithm would hold a small one back until the
 * one before it is acknowledged.
 */
export const openSocket: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const options: unknown = ssl
  // A server name must not be an address (RFC 6066).
  const name = isIP(host) === 0 ? { servername: host } : {}
  const socket =
    options === undefined || options === null
      ? plain({ host, port }, onConnect)
      : connectTls({ host, port, ...name, ...(options === true ? {} : ssl) }, onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE)
  return socket
}

/** Reads into one buffer all its life, where Node would make a new one for every read and kafkajs one more for the whole. */
function plain(to: { readonly host: string; readonly port: number }, onConnect: () => void): Socket {
  const frames = new Frames((data) => void socket.emit('data', data))
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  const callback = (count: number): boolean => {
    frames.take(buffer.subarray(0, count))
    return true
  }
  const socket = connectPlain({ ...to, onread: { buffer, callback } }, onConnect)
  return socket
}
