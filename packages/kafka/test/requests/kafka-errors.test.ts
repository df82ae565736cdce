import { ERROR_CODES } from '@faust/core'
import { expect, test } from 'vitest'
import { brokerFault, KAFKA_ERRORS, kafkaError } from '../../src/index.ts'
import { javaErrors } from '../support/messages.ts'

/** Where this table sees it otherwise than Kafka does: joining again helps, or a broker will be up. */
const RETRIABLE_HERE = new Set([8, 27, 79])

test('names and numbers are those of Kafka, and so is what is worth a repetition', () => {
  const java = new Map(javaErrors.map(([code, name, retriable]) => [code, { name, retriable }]))
  for (const { code, name, retriable } of KAFKA_ERRORS) {
    expect({ code, name, retriable: RETRIABLE_HERE.has(code) ? false : retriable }).toEqual({ code, ...java.get(code) })
    expect(retriable || !RETRIABLE_HERE.has(code)).toBe(true)
  }
  expect(new Set(KAFKA_ERRORS.map(({ code }) => code)).size).toBe(KAFKA_ERRORS.length)
})

test('each becomes an error of this repository and says something', () => {
  for (const { becomes, says } of KAFKA_ERRORS) {
    expect(ERROR_CODES).toContain(becomes)
    expect(says).toMatch(/^\w.*[^.]$/)
  }
})

test('a fault names who met it, what the broker said, and the number', () => {
  const fault = brokerFault(87, {
    subject: 'Topic orders, partition 3',
    message: 'record 2 has no key',
    details: { topic: 'orders' },
  })
  expect(fault).toMatchObject({
    code: 'FAUST_RECORD_INVALID',
    retriable: false,
    details: { topic: 'orders', kafka: { code: 87, name: 'INVALID_RECORD' } },
  })
  expect(fault.message).toBe(
    'Topic orders, partition 3 refused a record: a compacted topic takes none without a key (INVALID_RECORD 87: record 2 has no key)',
  )
  expect(brokerFault(51, { subject: 'Producer "a"', message: null })).toMatchObject({
    code: 'FAUST_TRANSACTION_CONCURRENT',
    retriable: true,
    message: 'Producer "a" still waits for the end of the transaction before (CONCURRENT_TRANSACTIONS 51)',
  })
})

test('a number of a later version is refused for good and named by its number', () => {
  expect(kafkaError(9999)).toMatchObject({ name: 'ERROR_9999', retriable: false, becomes: 'FAUST_BROKER_REFUSED' })
})
