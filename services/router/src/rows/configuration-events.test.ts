import { expect, test } from '@jest/globals'
import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import { ConfigurationChanged } from '@sluice/contracts/topics/configuration-changed'
import type { RowChange } from '@sluice/store/provider-store'
import { configurationEvents } from './configuration-events.ts'

const rows = {
  providers: [{ tenant: 't', row: { name: 'acme' } }],
  models: [
    { tenant: 't', row: { name: 'acme/fast', provider: 'acme' } },
    { tenant: 'other', row: { name: 'acme/fast', provider: 'acme' } },
  ],
  aliases: [],
} as unknown as StoredRows

test('says of each row what became of it, of what goes with a provider, too, and never what it holds', () => {
  const changes = [
    { put: 'alias', row: { tenant: null, name: 'quick' } },
    { put: 'model', row: { tenant: 't', row: { name: 'acme/fast' } } },
    { remove: 'provider', tenant: 't', name: 'acme' },
  ] as unknown as RowChange[]
  const [batch] = configurationEvents(changes, rows, { revision: 7, at: 5 })
  const facts = batch?.events.map(({ value }) => ConfigurationChanged.parse(JSON.parse(value)))
  const told = facts?.map(({ entity, id, tenant_id, change }) => [entity, id, tenant_id, change])
  expect(told).toEqual([
    ['alias', 'quick', null, 'created'],
    ['model', 'acme/fast', 't', 'deleted'],
    ['provider', 'acme', 't', 'deleted'],
  ])
  expect(batch?.events[0]).toMatchObject({
    key: '/alias/quick',
    attributes: { id: '/alias/quick:7', source: '/sluice/router' },
  })
})

test('M-261: one fact for each row, whatever is done to it in one step', () => {
  const again = [
    { remove: 'provider', tenant: 't', name: 'acme' },
    { put: 'provider', row: { tenant: 't', row: { name: 'acme' } } },
    { remove: 'provider', tenant: 't', name: 'new' },
    { put: 'provider', row: { tenant: 't', row: { name: 'new' } } },
    { remove: 'alias', tenant: 't', name: 'never' },
  ] as unknown as RowChange[]
  const [batch] = configurationEvents(again, rows, { revision: 8, at: 5 })
  const facts = batch?.events.map(({ value }) => ConfigurationChanged.parse(JSON.parse(value)))
  expect(facts?.map(({ entity, id, change }) => [entity, id, change])).toEqual([
    ['provider', 'acme', 'changed'],
    ['model', 'acme/fast', 'deleted'],
    ['provider', 'new', 'created'],
  ])
  const ids = batch?.events.map(({ attributes }) => attributes.id)
  expect(new Set(ids).size).toBe(ids?.length)
})
