import { type IdentityChanged, identityChanged } from '@sluice/contracts/topics/identity-changed'
import type { NewEvent } from '@sluice/event-log'
import { toEvent } from '@sluice/event-log/cloud-events'

/** The event of a change, with the same id whoever tells of it. */
export function identityEvent(change: IdentityChanged, tenant: string): NewEvent {
  const { entity, id, revision, at } = change
  return toEvent(identityChanged, change, {
    id: `${entity}:${id}:${String(revision)}`,
    source: '/sluice/auth',
    subject: id,
    time: at,
    tenant,
  })
}
