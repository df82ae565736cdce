/**
 * Lets the event loop turn once. Every loop of a kit that asks an adapter again and again does this in between: an
 * adapter that answers wrongly but at once would otherwise keep the timer that bounds the case from firing.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
