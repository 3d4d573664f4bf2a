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
    ['model', 'acme/fast', 't', 'changed'],
    ['provider', 'acme', 't', 'deleted'],
    ['model', 'acme/fast', 't', 'deleted'],
  ])
  expect(batch?.events[0]).toMatchObject({
    key: '/alias/quick',
    attributes: { id: '/alias/quick:7', source: '/sluice/router' },
  })
})
