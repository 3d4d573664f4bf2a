import { sessionKeyId } from '@sluice/contracts/caller'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import { configurationChanged } from '@sluice/contracts/topics/configuration-changed'
import { type IdentityChanged, identityChanged } from '@sluice/contracts/topics/identity-changed'
import type { NewEvent } from '@sluice/event-log'
import { toEvent } from '@sluice/event-log/cloud-events'
import type { Account } from './account-store.ts'
import type { OutboxBatch } from './outbox.ts'

/** What may happen to an account. */
export type UserChange = Exclude<IdentityChanged['change'], 'revoked'>

export type ConfigurationEntity = 'policy' | 'budget' | 'licence' | 'tier'

/** What a store of `auth` tells of a change, in the step that makes it. */
export type IdentityFact = {
  readonly id: string
  /** Unix ms. */
  readonly at: number
} & (
  | {
      readonly entity: IdentityChanged['entity']
      readonly tenantId: string
      readonly change: IdentityChanged['change']
    }
  | {
      readonly entity: ConfigurationEntity
      /** Null: the operator's. */
      readonly tenantId: string | null
      readonly change: 'created' | 'changed' | 'deleted'
    }
)

/** Topics that a change of identity may tell something to. */
export const identityTopics: readonly string[] = [identityChanged.name, configurationChanged.name]

/** The events of changes that led to `revision`. */
export function identityEvents(
  facts: readonly IdentityFact[],
  revision: number,
): readonly OutboxBatch[] {
  const events = facts.map((fact) => eventOf(fact, revision))
  return identityTopics.flatMap((topic) => {
    const own = events.filter((event) => event.topic === topic).map(({ event }) => event)
    return own.length === 0 ? [] : [{ topic, events: own }]
  })
}

/** What happened to an account that is still there. */
export function accountChange(
  before: Pick<Account, 'role' | 'status'>,
  after: Pick<Account, 'role' | 'status'>,
): UserChange {
  const was = before.status === 'disabled'
  const is = after.status === 'disabled'
  if (was !== is) return is ? 'disabled' : 'enabled'
  return before.role === after.role ? 'changed' : 'role_changed'
}

/** What everybody who caches verdicts is told of a change to an account: that of the key which its sessions are to them. */
export function sessionChange(
  userId: string,
  change: UserChange,
  at: number,
): Omit<IdentityChange, 'revision'> & { readonly entity: 'key' } {
  const isOver = change === 'disabled' || change === 'deleted'
  const ofKey = isOver ? 'revoked' : change === 'created' ? 'created' : 'changed'
  return { entity: 'key', id: sessionKeyId(userId), change: ofKey, at }
}

function eventOf(
  fact: IdentityFact,
  revision: number,
): { readonly topic: string; readonly event: NewEvent } {
  const { entity, id, tenantId, at } = fact
  const isUnique = entity === 'tenant' || entity === 'key'
  const context = {
    id: `${isUnique ? '' : `${tenantId ?? ''}/`}${entity}:${id}:${String(revision)}`,
    source: '/sluice/auth',
    subject: id,
    time: at,
    tenant: tenantId ?? '',
  }
  if (isConfiguration(fact)) {
    const { change } = fact
    const payload = { entity, id, tenant_id: tenantId, change, at, schema_version: 1 as const }
    return {
      topic: configurationChanged.name,
      event: toEvent(configurationChanged, payload, context),
    }
  }
  const { change } = fact
  const payload = { entity: fact.entity, id, tenant_id: fact.tenantId, change, revision, at }
  return { topic: identityChanged.name, event: toEvent(identityChanged, payload, context) }
}

const configuration: readonly string[] = ['policy', 'budget', 'licence', 'tier']

function isConfiguration(
  fact: IdentityFact,
): fact is Extract<IdentityFact, { entity: ConfigurationEntity }> {
  return configuration.includes(fact.entity)
}
