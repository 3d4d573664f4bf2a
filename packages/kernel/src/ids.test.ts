import { expect, test } from '@jest/globals'
import { RequestId, TenantId } from '@sluice/contracts/ids'
import { inPlaceOf, newRequestId, placeOf } from './ids.ts'

test('ids are valid UUIDv7 that carry their time and sort by it', () => {
  const early = newRequestId(1_700_000_000_000)
  const late = newRequestId(1_700_000_000_001)
  expect(RequestId.parse(early)).toBe(early)
  expect(early[14]).toBe('7')
  expect('89ab').toContain(early[19])
  expect(Number.parseInt(early.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000)
  expect(late > early).toBe(true)
})

test('ids do not repeat across refills of the random pool', () => {
  const ids = new Set(Array.from({ length: 5_000 }, () => newRequestId(1)))
  expect(ids.size).toBe(5_000)
})

test('an id in the place of its tenant is still an id, keeps its time, and lies where the tenant does', () => {
  const tenants = Array.from({ length: 200 }, (_, i) => TenantId.parse(`tenant-${String(i)}`))
  for (const tenant of tenants) {
    const id = newRequestId(1_700_000_000_000)
    const placed = inPlaceOf(id, tenant)
    expect(RequestId.parse(placed)).toBe(placed)
    expect(placed.slice(0, 24)).toBe(id.slice(0, 24))
    expect(inPlaceOf(placed, tenant)).toBe(placed)
  }
  const shards = tenants.map((tenant) => placeOf(inPlaceOf(newRequestId(1), tenant)) % 4)
  for (const shard of [0, 1, 2, 3])
    expect(shards.filter((other) => other === shard).length).toBeGreaterThan(20)
})
