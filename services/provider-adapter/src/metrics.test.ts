import { expect, test } from '@jest/globals'
import { Registry } from 'prom-client'
import { createProviderAdapterMetrics } from './metrics.ts'

test('S-42: providers of tenants are one series, whatever they are called and however many there are', async () => {
  const registry = new Registry()
  const metrics = createProviderAdapterMetrics(registry, () => 0)
  const standing = { circuits_open: 0, waiting: 0, keys: 1, keys_resting: 0, down: 0 }
  const names = Array.from({ length: 1_000 }, (_, i) => `acme${String(i % 10)}~own-${String(i)}`)
  metrics.follow({ standings: () => names.map((name) => ({ ...standing, name, calls: 2 })) })
  for (const name of [...names, 'openai', 'openai']) {
    const provider = metrics.forProvider(name)
    provider.ended('completed')
    provider.firstByte.observe(1)
  }
  const text = await registry.metrics()
  expect(text).not.toContain('acme')
  expect(text).toContain('gateway_upstream_slots{provider="~tenants"} 2000')
  expect(text).toMatch(
    /gateway_upstream_calls_total\{provider="~tenants",outcome="completed"\} 1000/,
  )
  expect(text).toMatch(/gateway_upstream_calls_total\{provider="openai",outcome="completed"\} 2\n/)
  const series = text.split('\n').flatMap((line) => line.match(/^[^#]+\}/) ?? [])
  expect(new Set(series).size).toBe(series.length)
})
