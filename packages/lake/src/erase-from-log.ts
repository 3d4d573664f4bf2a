import { lakeTables } from '@sluice/contracts/lake/tables'
import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { GatewayError } from '@sluice/kernel/errors'
import type { LakeSubject } from './lake.ts'

/**
 * What the topics of the lake have of somebody: events with what they wrote become empty, others lose the name. Offsets stay, so that nobody who
 * reads notices. How many were changed; in a log that cannot (Kafka) none, and retention removes them.
 */
export async function eraseFromLog(
  events: Pick<EventLog, 'rewrite'>,
  subject: LakeSubject,
): Promise<number> {
  let changed = 0
  for (const { topic, erase } of lakeTables) {
    if (!topic) continue
    const isContent = erase === 'delete'
    const change = (event: StoredEvent) => forgotten(event, subject, isContent)
    changed += (await events.rewrite(topic.name, change).catch(noneOfMissing)) ?? 0
  }
  return changed
}

function noneOfMissing(error: unknown): number {
  if (GatewayError.is(error) && error.code === eventLogErrors.unknown_topic.code) return 0
  throw error
}

function forgotten(
  event: StoredEvent,
  { tenantId, userId, keyIds }: LakeSubject,
  isContent: boolean,
): NewEvent | null {
  const { attributes } = event
  if (attributes.tenant !== tenantId || event.value === '') return null
  const body = objectOf(event.value)
  // Nobody knows whose it is: it is in quarantine, which is kept as short as this.
  if (!body) return null
  const names = [userId, ...keyIds]
  const isTheirs =
    userId === null ||
    names.includes(textOf(body['user_id'])) ||
    names.includes(textOf(body['key_id']))
  if (!isTheirs) return null
  if (isContent) return { key: '', value: '', attributes: { ...attributes, subject: '' } }
  if ((body['user_id'] ?? null) === null) return null
  return { ...event, value: JSON.stringify(withoutName(body)) }
}

/** A budget that counts each person apart has their name in its id. */
function withoutName(body: Record<string, unknown>): Record<string, unknown> {
  const nameless = { ...body, user_id: null }
  const budgets = body['budgets']
  if (!Array.isArray(budgets)) return nameless
  return { ...nameless, budgets: budgets.filter((budget: unknown) => !isOfPerson(budget)) }
}

function isOfPerson(budget: unknown): boolean {
  return (
    typeof budget === 'object' && budget !== null && 'scope' in budget && budget.scope === 'user'
  )
}

function objectOf(value: string): Record<string, unknown> | null {
  try {
    const body: unknown = JSON.parse(value)
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body)
    return isObject ? (body as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
