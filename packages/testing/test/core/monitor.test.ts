import { createMonitor } from '@faust/core'
import { sensorConformance } from '@faust/testing'
import { test } from 'vitest'

sensorConformance({ test, create: () => createMonitor() })
