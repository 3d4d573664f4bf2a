import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import {
  type ConfigurationChanged,
  configurationChanged,
} from '@sluice/contracts/topics/configuration-changed'
import { toEvent } from '@sluice/event-log/cloud-events'
import type { OutboxBatch } from '@sluice/store/outbox'
import type { RowChange } from '@sluice/store/provider-store'

type Change = Pick<ConfigurationChanged, 'id' | 'tenant_id' | 'change'> & {
  readonly entity: 'provider' | 'model' | 'alias'
}

/** What is told of changes that are made to these rows and lead to `revision`: of what goes with a provider, too. */
export function configurationEvents(
  changes: readonly RowChange[],
  rows: StoredRows,
  { revision, at }: { readonly revision: number; readonly at: number },
): readonly OutboxBatch[] {
  const events = netChanges(changes, rows).map((change) => {
    const { entity, id, tenant_id: tenant } = change
    const fact: ConfigurationChanged = { ...change, at, schema_version: 1 }
    return toEvent(configurationChanged, fact, {
      id: `${tenant ?? ''}/${entity}/${id}:${String(revision)}`,
      source: '/sluice/router',
      subject: id,
      time: at,
      tenant: tenant ?? '',
    })
  })
  return [{ topic: configurationChanged.name, events }]
}

/** One for each row: what is removed and put in one step was changed, and what was not there is not removed. */
function netChanges(changes: readonly RowChange[], rows: StoredRows): Change[] {
  const last = new Map<string, Change>()
  for (const change of changes.flatMap((each) => changesOf(each, rows))) {
    const { tenant_id, entity, id } = change
    last.set(JSON.stringify([tenant_id, entity, id]), change)
  }
  return [...last.values()].filter(
    ({ change, entity, tenant_id, id }) =>
      change !== 'deleted' || namesOf(rows, entity, tenant_id).includes(id),
  )
}

function changesOf(change: RowChange, rows: StoredRows): Change[] {
  if ('put' in change) {
    const { tenant: tenant_id } = change.row
    const id = change.put === 'alias' ? change.row.name : change.row.row.name
    const isThere = namesOf(rows, change.put, tenant_id).includes(id)
    return [{ entity: change.put, id, tenant_id, change: isThere ? 'changed' : 'created' }]
  }
  const { remove, tenant: tenant_id, name } = change
  const removed = { entity: remove, id: name, tenant_id, change: 'deleted' } as const
  if (remove !== 'provider') return [removed]
  const models = rows.models.filter(
    ({ tenant, row }) => tenant === tenant_id && row.provider === name,
  )
  return [
    removed,
    ...models.map(({ row }) => ({ ...removed, entity: 'model' as const, id: row.name })),
  ]
}

function namesOf(
  { providers, models, aliases }: StoredRows,
  kind: 'provider' | 'model' | 'alias',
  tenant: string | null,
): string[] {
  if (kind === 'alias')
    return aliases.filter((row) => row.tenant === tenant).map(({ name }) => name)
  const rows = kind === 'provider' ? providers : models
  return rows.filter((row) => row.tenant === tenant).map(({ row }) => row.name)
}
