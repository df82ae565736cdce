import { type AnyRegistry, wrong } from './metrics.ts'

/** The apps whose sensor runs, by the registry it writes to. */
const claims = new WeakMap<AnyRegistry, Set<string>>()

/**
 * Claims the series of an app in a registry, and answers how to let go of them. Two sensors that write the same ones would
 * count everything twice, and each would remove and overwrite what the other shows: the second is refused.
 */
export function claim(registry: AnyRegistry, app: string): () => void {
  const apps = claims.get(registry) ?? new Set()
  if (apps.has(app)) {
    throw wrong(
      'registry',
      `is in use by another sensor of app ${app}, which runs. Give an app one sensor, and every worker of it in this ` +
        `process a registry of its own.`,
    )
  }
  claims.set(registry, apps.add(app))
  return () => void apps.delete(app)
}
