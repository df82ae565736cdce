import { describe, expect, test } from 'vitest'
import { startKafka, startRedis, startRegistry } from '../src/index.ts'

describe('KAFKA_BROKERS', () => {
  const env = { KAFKA_BROKERS: 'one.example:9092, two.example:9093' }

  test('wins over everything else that is asked for', async () => {
    const kafka = await startKafka({ env, nodes: 3, version: '3.9.2' })
    expect(kafka.brokers).toEqual(['one.example:9092', 'two.example:9093'])
    expect(kafka.external).toBe(true)
    expect(kafka.node(1).address).toBe('two.example:9093')
    await kafka.stop()
    await kafka[Symbol.asyncDispose]()
  })

  test('names servers that are not ours to take down', async () => {
    const kafka = await startKafka({ env })
    const node = kafka.node(0)
    for (const verb of ['kill', 'stop', 'pause', 'resume', 'restart'] as const) {
      await expect(node[verb]()).rejects.toThrow(
        `Can't ${verb} one.example:9092: it is not ours but comes from KAFKA_BROKERS. Unset KAFKA_BROKERS`,
      )
    }
    expect(() => node.logFile).toThrow('comes from KAFKA_BROKERS')
    expect(() => node.dataDirectory).toThrow('comes from KAFKA_BROKERS')
    expect(() => kafka.node(2)).toThrow('KAFKA_BROKERS names 2')
  })

  test('must be addresses', async () => {
    await expect(startKafka({ env: { KAFKA_BROKERS: 'localhost' } })).rejects.toThrow('"localhost" is not host:port')
  })
})

describe('REDIS_URL', () => {
  test('wins, and names a server that is not ours to take down', async () => {
    const redis = await startRedis({ env: { REDIS_URL: 'redis://cache.example:6380/2' } })
    expect(redis.url).toBe('redis://cache.example:6380/2')
    expect(redis.external).toBe(true)
    expect(redis.node.address).toBe('cache.example:6380')
    await expect(redis.node.kill()).rejects.toThrow('comes from REDIS_URL')
    await redis.stop()
  })

  test('must be a URL', async () => {
    await expect(startRedis({ env: { REDIS_URL: 'nonsense' } })).rejects.toThrow('like redis://host:6379')
  })
})

describe('APICURIO_URL', () => {
  test('wins, and names a server that is not ours to take down', async () => {
    const apicurio = await startRegistry({ env: { APICURIO_URL: 'https://registry.example/apis/ccompat/v7' } })
    expect(apicurio.url).toBe('https://registry.example/apis/ccompat/v7')
    expect(apicurio.external).toBe(true)
    expect(apicurio.node.address).toBe('registry.example')
    await expect(apicurio.node.kill()).rejects.toThrow('comes from APICURIO_URL')
    await apicurio.stop()
  })

  test('must be a URL', async () => {
    await expect(startRegistry({ env: { APICURIO_URL: 'localhost:8080' } })).rejects.toThrow(
      'like http://host:8080/apis/ccompat/v7',
    )
  })
})

test('a version that can not be started says which can', async () => {
  await expect(startKafka({ env: {}, version: '2.8.0' })).rejects.toThrow('give a full version from 3.3.1 on')
  await expect(startKafka({ env: {}, version: '3.9' })).rejects.toThrow('give a full version from 3.3.1 on')
})
