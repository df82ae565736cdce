import { FaustError } from '@faust/core'
import { defineApi } from '../requests/api.ts'
import type { Api } from '../requests/api.ts'
import type { BrokerAddress } from '../requests/metadata.ts'
import { addressName } from './faults.ts'
import type { ApiHeader, ApiVersions } from './wire.ts'

export interface ApiVersionsResponse {
  readonly error: number
  readonly versions: ApiVersions
}

/** ApiVersions in version 0, which every broker answers whatever else it speaks (KIP-511). */
export const apiVersions: Api<null, ApiVersionsResponse> = defineApi<null, ApiVersionsResponse>({
  name: 'ApiVersions',
  key: 18,
  version: 0,
  flexible: false,
  writeRequest() {},
  readRequest: () => null,
  writeResponse(to, { error, versions }) {
    to.int16(error)
    to.array([...versions], ([key, { min, max }]) => {
      to.int16(key)
      to.int16(min)
      to.int16(max)
    })
  },
  readResponse(from) {
    const error = from.int16()
    const versions = from.array(() => {
      const key = from.int16()
      return [key, { min: from.int16(), max: from.int16() }] as const
    })
    return { error, versions: new Map(versions) }
  },
})

/** Throws `FAUST_BROKER_UNSUPPORTED`, naming broker and APIs, unless it speaks the one version of each. */
export function checkVersions(broker: BrokerAddress, versions: ApiVersions, needed: readonly ApiHeader[]): void {
  const missing = needed.filter(({ key, version }) => {
    const range = versions.get(key)
    return range === undefined || version < range.min || version > range.max
  })
  if (missing.length === 0) return
  const tooOld = missing.some(({ key, version }) => version > (versions.get(key)?.max ?? -1))
  const list = missing.map(({ key, version, name }) => {
    const range = versions.get(key)
    return `${name} ${version} (it has ${range === undefined ? 'none' : `${range.min} to ${range.max}`})`
  })
  throw new FaustError(
    'FAUST_BROKER_UNSUPPORTED',
    `The Kafka broker ${addressName(broker)} is too ${tooOld ? 'old' : 'new'}: it does not speak ${list.join(', ')}. ` +
      (tooOld ? 'Update it to Kafka 2.8 or later.' : 'Update @faust.'),
    { details: { broker: addressName(broker), missing: missing.map(({ name }) => name) } },
  )
}
