import { expect, test } from '@jest/globals'
import { readIngressConfig } from './config.ts'

test('nothing set: the documented defaults', () => {
  expect(readIngressConfig({})).toEqual({
    maxInferenceBytes: 33_554_432,
    maxRequestBytes: 10_000_000,
    deadlineMs: 900_000,
    shutdownTimeoutMs: 300_000,
    keepAliveMs: 15_000,
    stallTimeoutMs: 30_000,
    disconnectGraceMs: 30_000,
    onDisconnect: null,
    trustedProxies: [],
    ipAllowlist: null,
    addressLimit: { max: 100, windowMs: 60_000 },
    publicTls: false,
    publicOrigin: null,
    keepConversations: true,
    cors: null,
  })
})

test('CORS origins are exact or any subdomain', () => {
  const origins = 'https://a.example.com, https://*.example.org:8443'
  const { cors } = readIngressConfig({ CORS_ENABLED: 'true', CORS_ALLOWED_ORIGINS: origins })
  expect(cors?.allowedOrigins).toEqual(['https://a.example.com', 'https://*.example.org:8443'])
})

test.each(['*', 'example.com', 'https://a.example.com/path', 'https://*', 'null'])(
  'M-029: %s is refused as an origin, naming the variable',
  (origin) => {
    expect(() => readIngressConfig({ CORS_ALLOWED_ORIGINS: origin })).toThrow(
      /CORS_ALLOWED_ORIGINS.*must be origins/,
    )
  },
)
