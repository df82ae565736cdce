import { storeConformance } from '@faust/testing'
import { describe, expect, test } from 'vitest'
import { modelStores } from './model-store.ts'
import { override, runKit } from './run-kit.ts'
import { defective, STORE_DEFECTS } from './store-defects.ts'

const LOCAL = { persistent: true, shared: false, identity: true }
const SHARED = { persistent: true, shared: true, identity: false }

describe('a correct store passes', () => {
  describe('local', () => {
    storeConformance({ test, create: modelStores(LOCAL) })
  })
  describe('shared', () => {
    storeConformance({ test, create: modelStores(SHARED) })
  })
})

describe('a store is caught that', () => {
  for (const defect of STORE_DEFECTS) {
    test(defect.what, async () => {
      const create = modelStores(defect.shared === true ? SHARED : LOCAL)
      const { passed, failed } = await runKit(
        (register) =>
          storeConformance({
            test: register,
            create: (place) => defective(create(place), defect),
            timing: { patience: 300, bound: 1000 },
          }),
        defect.noticedBy,
      )
      expect(passed, 'cases that noticed nothing').toEqual([])
      expect(failed.size).toBe(1)
      for (const error of failed.values()) expect(error.message).toMatch(/^The contract: |within \d+ ms/)
    })
  }

  test('forgets everything when it is closed, though it claims to persist', async () => {
    const register = (it: Parameters<Parameters<typeof runKit>[0]>[0]): void =>
      storeConformance({ test: it, create: () => modelStores(LOCAL)({ place: '' }) })
    const { failed } = await runKit(register, /persistence, /)
    expect([...failed.keys()].some((name) => name.endsWith('entries and position are there again'))).toBe(true)
  })

  test('does not refuse what it does not claim', async () => {
    const create = modelStores(LOCAL)
    const supports = { ...LOCAL, identity: false }
    const { failed } = await runKit(
      (it) => storeConformance({ test: it, create: (place) => override(create(place), { supports }) }),
      /without identity/,
    )
    expect([...failed.values()].map((error) => error.message)).toEqual([
      expect.stringContaining('what the manifest does not claim throws FAUST_NOT_SUPPORTED'),
    ])
  })
})
