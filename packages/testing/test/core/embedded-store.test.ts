import { embeddedStore } from '@faust/core'
import { storeConformance } from '@faust/testing'
import { test } from 'vitest'

storeConformance({ test, create: () => embeddedStore() })
