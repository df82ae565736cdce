/** Something went wrong with a real server; the message says what to do about it. */
export class ServicesError extends Error {
  override name = 'ServicesError'
}

/** The server can't be had on this machine (no Java, no Maven, no network): a reason to skip, not a failure. */
export class UnavailableError extends ServicesError {
  override name = 'UnavailableError'
}

/** Another program took the port between our choice and the server's start; a start on other ports can succeed. */
export class PortTakenError extends ServicesError {
  override name = 'PortTakenError'
}
