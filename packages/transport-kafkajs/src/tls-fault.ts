import { FaustError, messageOf } from '@faust/core'
import { addressName } from '@faust/kafka'
import type { BrokerAddress } from '@faust/kafka'

/**
 * What Node calls a certificate that it does not trust, or a TLS that the two sides can't agree on
 * (https://nodejs.org/api/tls.html#x509-certificate-error-codes, and OpenSSL's own). None of it passes by itself.
 */
const CODES =
  /^(?:EPROTO|ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH)/

/** `FAUST_BROKER_UNSUPPORTED` for a failure of TLS; any other error as it is. */
export function orTlsFault(broker: BrokerAddress, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (typeof code !== 'string' || !CODES.test(code)) return error
  const name = addressName(broker)
  return new FaustError(
    'FAUST_BROKER_UNSUPPORTED',
    `TLS with Kafka broker ${name} failed (${code}: ${messageOf(error)}). Check ssl: the listener must use TLS, its certificate ` +
      'has to be for that host and of an authority in ssl.ca, and ssl.cert and ssl.key have to be what it accepts.',
    { cause: error, details: { broker: name, code } },
  )
}
