export interface Address {
  readonly host: string
  readonly port: number
}

/** `host:port`, with an IPv6 address in brackets. */
const ADDRESS = /^(?:\[([0-9a-fA-F:.]+(?:%\w+)?)\]|([^\s:/[\],]+)):(\d{1,5})$/

export function parseAddress(text: unknown): Address | undefined {
  const [, ipv6, name, digits] = (typeof text === 'string' && ADDRESS.exec(text)) || []
  const host = ipv6 ?? name
  const port = Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}
