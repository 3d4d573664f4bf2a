import { keyIdWithoutPerson } from '@sluice/contracts/caller'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { budgetThresholdReached } from '@sluice/contracts/topics/budget-threshold-reached'
import { generationFinished } from '@sluice/contracts/topics/generation-finished'
import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'
import { eventLogErrors } from '@sluice/event-log/errors'
import { GatewayError } from '@sluice/kernel/errors'
import type { LakeSubject } from './lake.ts'

/**
 * What the event log has of somebody's calls: events with what they wrote become empty, others lose the name. Offsets stay, so that nobody who reads
 * notices. How many were changed; in a log that cannot (Kafka) none, and retention removes them. The audit trail stays: it says who did what.
 */
export async function eraseFromLog(
  events: Pick<EventLog, 'rewrite'>,
  subject: LakeSubject,
): Promise<number> {
  let changed = 0
  for (const [topic, change] of changes) {
    const changeTheirs = (event: StoredEvent) => {
      const isOfTenant = event.attributes.tenant === subject.tenantId
      return isOfTenant && event.value !== '' ? change(event, subject) : null
    }
    changed += (await events.rewrite(topic, changeTheirs).catch(noneOfMissing)) ?? 0
  }
  return changed
}

type Change = (event: StoredEvent, subject: LakeSubject) => NewEvent | null

/** By topic. */
const changes: readonly (readonly [string, Change])[] = [
  ...lakeTables.flatMap(({ topic, erase }) =>
    topic ? [[topic.name, erase === 'delete' ? emptied : nameless] as const] : [],
  ),
  [generationFinished.name, nameless],
  [budgetThresholdReached.name, ofNobody],
]

function noneOfMissing(error: unknown): number {
  if (GatewayError.is(error) && error.code === eventLogErrors.unknown_topic.code) return 0
  throw error
}

/** Their event with what they wrote. One that is no object is nobody's: it is in quarantine, which is kept as short as this. */
function emptied(event: StoredEvent, subject: LakeSubject): NewEvent | null {
  const body = objectOf(event.value)
  if (!body || !isTheirs(body, subject)) return null
  return { key: '', value: '', attributes: { ...event.attributes, subject: '' } }
}

function nameless(event: StoredEvent, subject: LakeSubject): NewEvent | null {
  const body = objectOf(event.value)
  if (!body || !isTheirs(body, subject) || (body['user_id'] ?? null) === null) return null
  return { ...event, value: JSON.stringify(withoutName(body)) }
}

function isTheirs(body: Record<string, unknown>, { userId, keyIds }: LakeSubject): boolean {
  const names = [userId, ...keyIds]
  return (
    userId === null ||
    names.includes(textOf(body['user_id'])) ||
    names.includes(textOf(body['key_id']))
  )
}

/** A budget that counts each person apart has their name at the end of its id, and so have key and id of the event. */
function ofNobody(event: StoredEvent, { userId, keyIds }: LakeSubject): NewEvent | null {
  const body = objectOf(event.value)
  if (!body || body['scope'] !== 'user') return null
  const [counted] = /:user:.*$/.exec(textOf(body['budget_id'])) ?? []
  if (counted === undefined) return null
  const isTheirs = [userId, ...keyIds].includes(counted.slice(':user:'.length))
  if (userId !== null && !isTheirs) return null
  const without = (text: string) => text.replaceAll(counted, ':user:')
  const { attributes } = event
  return {
    key: without(event.key),
    value: JSON.stringify({ ...body, budget_id: without(textOf(body['budget_id'])) }),
    attributes: {
      ...attributes,
      id: without(attributes.id),
      subject: without(attributes.subject),
    },
  }
}

/** A budget that counts each person apart has their name in its id. */
function withoutName(body: Record<string, unknown>): Record<string, unknown> {
  const keyId = body['key_id']
  const nameless = {
    ...body,
    user_id: null,
    ...(typeof keyId === 'string' ? { key_id: keyIdWithoutPerson(keyId) } : {}),
  }
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
