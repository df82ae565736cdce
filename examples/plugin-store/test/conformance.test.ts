// Every promise of the store contract, one test each.
import { test } from 'node:test'
import { storeConformance } from '@faust/testing'
import { mapStore } from '../src/index.ts'

storeConformance({ test: (name, run) => void test(name, run), create: () => mapStore() })
