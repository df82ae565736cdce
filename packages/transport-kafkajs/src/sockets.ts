import { connect as connectPlain, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'

const KEEP_ALIVE = 60_000

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
      ? connectPlain({ host, port }, onConnect)
      : connectTls({ host, port, ...name, ...(options === true ? {} : ssl) }, onConnect)
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE)
  return socket
}
