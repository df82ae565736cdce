import type { RegisterTest } from '@faust/testing'

/** What became of a kit's cases. */
export interface KitRun {
  readonly passed: readonly string[]
  readonly failed: ReadonlyMap<string, Error>
}

/** Runs the cases of a kit whose names match, one after the other, as a test runner would. */
export async function runKit(register: (test: RegisterTest) => void, matching: RegExp = /./): Promise<KitRun> {
  const cases: { readonly name: string; readonly run: () => Promise<void> }[] = []
  register((name, run) => void cases.push({ name, run }))
  const passed: string[] = []
  const failed = new Map<string, Error>()
  for (const { name, run } of cases) {
    if (!matching.test(name)) continue
    try {
      await run()
      passed.push(name)
    } catch (error) {
      failed.set(name, error as Error)
    }
  }
  return { passed, failed }
}

/** An object that does what another one does, but for some members. */
export function override<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(original, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name) as unknown
      const member: unknown = Reflect.get(original, name, original)
      return typeof member === 'function' ? (member.bind(original) as unknown) : member
    },
  })
}
