/** Something to wait at until somebody opens it. */
export interface Gate {
  readonly passed: Promise<void>
  open(): void
}

/** A closed gate. */
export function createGate(): Gate {
  let open = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}
