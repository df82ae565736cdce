import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { java } from '../support/java.ts'
import { messagesFile } from '../support/messages.ts'

test("what the other tests compare with is what Kafka's own classes write (vitest -u writes it down)", async () => {
  await expect(await java('Messages')).toMatchFileSnapshot(fileURLToPath(messagesFile))
})
