import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startRegistry } from '../src/index.ts'
import { isRunning } from './running.ts'

test('project `apicurio` gets one that answers', async () => {
  const answer = await fetch(`${inject('apicurioUrl')}/subjects`)
  expect(await answer.json()).toBeInstanceOf(Array)
})

// What is given by address needs no Java here.
test.skipIf((process.env['APICURIO_URL'] ?? '') !== '')(
  'a second one lives beside it, and leaves nothing behind',
  async () => {
    const registry = await startRegistry()
    onTestFinished(() => registry.stop())
    expect(registry.external).toBe(false)
    expect((await fetch(`${registry.url}/subjects`)).status).toBe(200)
    const { pid, logFile } = registry.node
    await registry.stop()
    expect(isRunning(pid as number)).toBe(false)
    expect(existsSync(dirname(logFile))).toBe(false)
  },
)
