import { expect, test } from '@jest/globals'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { Terminal } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import { noUsage } from '@sluice/contracts/usage'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { MemoryArchive } from './memory-archive.ts'
import { MemoryGeneration } from './memory-generation.ts'

const end: Terminal = {
  state: 'completed',
  finishReason: 'stop',
  error: null,
  usage: noUsage,
  amountNanoUsd: 1,
}

function ended(id: string, bytes: number, tenantId = 't'): MemoryGeneration {
  const caller = { tenantId, projectId: 'p', keyId: 'k', keyName: 'ci ✓', models: null }
  const request = { id, caller, model: 'fast', acceptedAt: 1, headers: {} }
  const generation = new MemoryGeneration(request as unknown as GenerationRequest, null)
  generation.nextEpoch(1)
  generation.write({ head: null, data: Buffer.alloc(bytes, id) }, null, 1)
  generation.write({ head: null, data: Buffer.from('end') }, end, 1)
  generation.state = 'completed'
  return generation
}

/** Text instead of bytes: comparing megabytes byte by byte takes Jest seconds. */
function readable(generation: MemoryGeneration) {
  return generation.slice(0, Infinity).map(({ data, ...rest }) => ({ ...rest, text: String(data) }))
}

function open(maxBytes: number) {
  const clock = createFakeClock()
  const archive = new MemoryArchive({ clock, retentionMs: 1_000, maxBytes })
  const add = (id: string, bytes: number, tenantId?: string) => {
    archive.add(ended(id, bytes, tenantId), clock.now())
  }
  const kept = (id: string) => archive.find(id as RequestId) !== null
  return { clock, archive, add, kept }
}

test('gives back an ended generation with its log', () => {
  const { archive, add } = open(8 * 1024 * 1024)
  add('a', 10)
  add('b', 3 * 1024 * 1024)
  add('c', 0)
  for (const [id, bytes] of Object.entries({ a: 10, b: 3 * 1024 * 1024, c: 0 })) {
    const original = ended(id, bytes)
    const found = archive.find(id as RequestId)
    expect(found && readable(found)).toEqual(readable(original))
    expect(found?.summary()).toMatchObject({ id, state: 'completed', terminal: end })
    expect(found?.summary().caller).toEqual(original.request.caller)
  }
})

test('keeps within its bytes: the oldest goes first', () => {
  const { add, kept } = open(3 * 1024 * 1024)
  for (let i = 0; i < 40; i += 1) add(`${String(i)}-`, 200_000)
  expect(kept('0-')).toBe(false)
  expect(kept('39-')).toBe(true)
  expect(
    Array.from({ length: 40 }, (_, i) => kept(`${String(i)}-`)).filter(Boolean).length,
  ).toBeLessThanOrEqual(15)
})

test('a tenant that asks for much gives up its own answers, not those of others', () => {
  const { add, kept } = open(3 * 1024 * 1024)
  add('quiet', 100, 'quiet')
  for (let i = 0; i < 40; i += 1) add(`${String(i)}-`, 200_000, 'loud')
  expect([kept('quiet'), kept('0-'), kept('39-')]).toEqual([true, false, true])
})

test('many tenants with little each are all kept', () => {
  const { add, kept } = open(3 * 1024 * 1024)
  const tenants = Array.from({ length: 40 }, (_, i) => `t${String(i)}`)
  for (const tenant of tenants) add(`of-${tenant}`, 1_000, tenant)
  expect(tenants.filter((tenant) => kept(`of-${tenant}`))).toEqual(tenants)
})

test('gives up what is older than the retention, also where newer ones lie beside it', async () => {
  const { clock, archive, add, kept } = open(3 * 1024 * 1024)
  add('old', 100)
  await clock.advance(600)
  add('new', 100)
  await clock.advance(600)
  expect(kept('old')).toBe(false)
  expect(kept('new')).toBe(true)
  await clock.advance(600)
  archive.sweep()
  expect(kept('new')).toBe(false)
  add('after', 100)
  expect(kept('after')).toBe(true)
})

test('who reads at the same time reads the same copy, and its data is copied when it is asked for', () => {
  const { archive, add } = open(8 * 1024 * 1024)
  add('a', 1024 * 1024)
  const [one, other] = [archive.find('a' as RequestId), archive.find('a' as RequestId)]
  expect(one).toBe(other)
  const [first] = one?.slice(0, 1) ?? []
  const [again] = one?.slice(0, 1) ?? []
  expect(again?.data.equals(first?.data ?? Buffer.alloc(0))).toBe(true)
  first?.data.fill(0)
  expect(one?.slice(0, 1)[0]?.data.equals(again?.data ?? Buffer.alloc(0))).toBe(true)
})
