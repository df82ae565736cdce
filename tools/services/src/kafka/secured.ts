import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ServicesError } from '../errors.ts'
import { javaCommand } from '../java.ts'
import { HOST } from '../net/ports.ts'
import type { Keeper } from '../process/keeper.ts'
import { runIn } from '../process/run.ts'
import type { KafkaUser, SecuredAccess } from './api.ts'

/** The names of the two listeners beside the open one. */
const CREDENTIALS = 'CREDENTIALS'
const CERTIFICATES = 'CERTIFICATES'

/** May do everything. The open listener may as well: that is how the tests' own tools get in. */
const ADMIN: KafkaUser = { username: 'admin', password: 'secret of the admin' }
/** Is known, and may do nothing. */
const GUEST: KafkaUser = { username: 'guest', password: 'secret of the guest' }
const USERS = [ADMIN, GUEST]

/** Of key stores that live as long as a test. */
const STORE_PASSWORD = 'changeit'
const KEYTOOL_TIMEOUT_MS = 180_000

/** Ports of a node's two secured listeners. */
export interface SecuredPorts {
  readonly credentials: number
  readonly certificates: number
}

/** Certificates of a cluster, on disk and as clients take them. */
interface Certificates {
  /** PKCS #12: the brokers' key and certificate, and an authority for clients. */
  readonly serverStore: string
  readonly trustStore: string
  readonly ca: string
  readonly client: { readonly pfx: Uint8Array; readonly passphrase: string }
}

/** What makes a cluster of ours ask who comes: certificates, users, and the settings of its nodes. */
export class Secured {
  readonly #certificates: Certificates

  private constructor(certificates: Certificates) {
    this.#certificates = certificates
  }

  /** Makes new keys with the keytool of Java. */
  static async make(keeper: Keeper): Promise<Secured> {
    const directory = join(keeper.directory, 'certificates')
    await mkdir(directory)
    const at = (name: string): string => join(directory, name)
    const keytool = async (args: readonly string[]): Promise<void> => {
      const program = { file: keytoolCommand(), args: [...args, '-storepass', STORE_PASSWORD, '-noprompt'] }
      const { exitCode, stdout, stderr } = await runIn(keeper, program, KEYTOOL_TIMEOUT_MS)
      if (exitCode !== 0) throw new ServicesError(`${args.join(' ')} failed:\n${stdout}${stderr}`)
    }
    const pair = (store: string, name: string, ...more: readonly string[]): Promise<void> => {
      const key = ['-genkeypair', '-alias', 'own', '-dname', `CN=${name}`, '-keyalg', 'RSA', '-keysize', '2048']
      return keytool([...key, '-validity', '30', '-storetype', 'PKCS12', '-keystore', at(store), ...more])
    }
    await Promise.all([
      pair('server.p12', 'broker', '-ext', `SAN=IP:${HOST},DNS:localhost`),
      pair('client.p12', ADMIN.username),
    ])
    const pem = (name: string): Promise<void> =>
      keytool(['-exportcert', '-rfc', '-alias', 'own', '-keystore', at(`${name}.p12`), '-file', at(`${name}.pem`)])
    await Promise.all([pem('server'), pem('client')])
    const trusted = ['-importcert', '-alias', 'client', '-file', at('client.pem')]
    await keytool([...trusted, '-storetype', 'PKCS12', '-keystore', at('trust.p12')])
    return new Secured({
      serverStore: at('server.p12'),
      trustStore: at('trust.p12'),
      ca: await readFile(at('server.pem'), 'utf8'),
      client: { pfx: await readFile(at('client.p12')), passphrase: STORE_PASSWORD },
    })
  }

  access(nodes: readonly SecuredPorts[]): SecuredAccess {
    const { ca, client } = this.#certificates
    return {
      withCredentials: nodes.map(({ credentials }) => `${HOST}:${credentials}`),
      withCertificates: nodes.map(({ certificates }) => `${HOST}:${certificates}`),
      ca,
      client,
      admin: ADMIN,
      guest: GUEST,
    }
  }

  /** Listeners as `listeners` and `advertised.listeners` name them. */
  listeners({ credentials, certificates }: SecuredPorts): readonly string[] {
    return [`${CREDENTIALS}://${HOST}:${credentials}`, `${CERTIFICATES}://${HOST}:${certificates}`]
  }

  /** What a data directory is formatted with, so that users are there from the start. */
  get formatArguments(): readonly string[] {
    return USERS.flatMap(({ username, password }) =>
      ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${username},password=${password}]`,
      ]),
    )
  }

  get properties(): Readonly<Record<string, string>> {
    const { serverStore, trustStore } = this.#certificates
    const listener = `listener.name.${CREDENTIALS.toLowerCase()}`
    const security = 'org.apache.kafka.common.security'
    const passwords = USERS.map(({ username, password }) => `user_${username}="${password}"`).join(' ')
    return {
      'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,${CREDENTIALS}:SASL_SSL,${CERTIFICATES}:SSL`,
      'ssl.keystore.location': serverStore,
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.password': STORE_PASSWORD,
      'ssl.key.password': STORE_PASSWORD,
      'ssl.truststore.location': trustStore,
      'ssl.truststore.type': 'PKCS12',
      'ssl.truststore.password': STORE_PASSWORD,
      [`listener.name.${CERTIFICATES.toLowerCase()}.ssl.client.auth`]: 'required',
      [`listener.name.${CERTIFICATES.toLowerCase()}.ssl.principal.mapping.rules`]: 'RULE:^CN=(.*)$/$1/',

      [`${listener}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      [`${listener}.plain.sasl.jaas.config`]: `${security}.plain.PlainLoginModule required ${passwords};`,
      [`${listener}.scram-sha-256.sasl.jaas.config`]: `${security}.scram.ScramLoginModule required;`,
      [`${listener}.scram-sha-512.sasl.jaas.config`]: `${security}.scram.ScramLoginModule required;`,
      // Takes tokens without a signature, as it does by default: who a token names is believed.
      [`${listener}.oauthbearer.sasl.jaas.config`]: `${security}.oauthbearer.OAuthBearerLoginModule required;`,

      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': `User:ANONYMOUS;User:${ADMIN.username}`,
    }
  }
}

function keytoolCommand(): string {
  const java = javaCommand()
  return java === 'java' ? 'keytool' : join(dirname(java), 'keytool')
}
