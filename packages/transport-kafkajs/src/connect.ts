import type { Clock, Logger } from '@faust/core'
import { ADMIN_APIS, APIS, Connections } from '@faust/kafka'
import type { Connection } from '@faust/kafka'
import { logLevel } from 'kafkajs'
import { clientLogger } from './client-logger.ts'
import { openInside } from './kafkajs-inside.ts'
import { KafkajsWire } from './kafkajs-wire.ts'
import type { KafkajsSettings } from './options.ts'
import { openSocket } from './sockets.ts'

/** Of the app, what its connections need. */
export interface ConnectContext {
  /** Default of the client id. */
  readonly app: string
  readonly clock: Clock
  readonly logger: Logger
}

/** Connections to Kafka by kafkajs. No socket is opened yet. Rejects with `FAUST_CLIENT_UNSUPPORTED`. */
export async function connectByKafkajs(settings: KafkajsSettings, context: ConnectContext): Promise<Connection> {
  const { brokers, ssl, sasl, connectionTimeout, requestTimeout } = settings
  const { clock, logger, app } = context
  const clientId = settings.clientId ?? app
  const inside = await openInside({
    clientId,
    brokers: brokers.map(({ host, port }) => `${host}:${port}`),
    ...(ssl === undefined ? {} : { ssl }),
    // kafkajs writes into it.
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
    connectionTimeout,
    requestTimeout,
    // Time-outs are ours: kafkajs's would look every 100 ms, and leave the socket open.
    enforceRequestTimeout: false,
    socketFactory: openSocket,
    logLevel: logLevel.WARN,
    logCreator: clientLogger(logger),
  })
  return new Connections({
    clock,
    brokers,
    connectionTimeout,
    requestTimeout,
    apis: [...APIS, ...ADMIN_APIS],
    dial: (broker, onLost) =>
      new KafkajsWire({
        broker,
        clientId,
        clock,
        sasl: sasl !== undefined,
        onLost,
        make: () => inside.connection(broker),
      }),
  })
}
