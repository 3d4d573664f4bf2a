import { conversations, usage } from '@sluice/contracts/lake/tables'
import type { LakeTable } from '@sluice/contracts/lake/table'
import type { NewEvent } from '@sluice/event-log'

/** An event as it is in the log, of any text. */
export function eventOf(key: string, value: string, time: number, id = key): NewEvent {
  return {
    key,
    value,
    attributes: {
      id,
      source: '/sluice/test',
      type: 'sluice.test.done',
      subject: key,
      time: new Date(time).toISOString(),
      tenant: 'acme',
      schemaversion: '1',
    },
  }
}

/** A UUIDv7 of that time. */
export function requestIdAt(ms: number, n: number): string {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`
}

export interface TurnFacts {
  readonly n: number
  readonly at: number
  /** When its call was accepted; then unless given. */
  readonly acceptedAt?: number
  readonly tenant?: string
  readonly user?: string
  readonly session?: string
  readonly content?: string
  readonly turn?: number
}

export function turnEvent({
  n,
  at,
  acceptedAt = at,
  tenant = 'acme',
  user = 'anna',
  session = 's1',
  content = `text ${String(n)}`,
  turn = 0,
}: TurnFacts): NewEvent {
  const request = requestIdAt(acceptedAt, n)
  const id = `${request}:${String(turn)}`
  const value = {
    id,
    tenant_id: tenant,
    user_id: user,
    session_id: session,
    request_id: request,
    turn,
    role: turn === 0 ? 'user' : 'assistant',
    content,
    metadata: { model: 'm', channel: 'http', attachments: [] },
    occurred_at: at,
    schema_version: 1,
  }
  return eventOf(`${tenant}/${user}`, JSON.stringify(value), at, id)
}

export function usageEvent(
  n: number,
  at: number,
  more: Readonly<Record<string, unknown>> = {},
): NewEvent {
  const request_id = requestIdAt(at, n)
  const value = {
    request_id,
    tenant_id: 'acme',
    project_id: 'default',
    key_id: 'k1',
    user_id: 'anna',
    channel: 'http',
    operation: 'chat',
    requested_model: 'fast',
    model: 'm',
    provider: 'p',
    state: 'completed',
    error_code: null,
    input_tokens: 3,
    output_tokens: 5,
    amount_nano_usd: 12_345,
    stream: true,
    accepted_at: at - 1_000,
    finished_at: at,
    calls: [{ provider: 'p', amount_nano_usd: 1 }],
    price: { output: '1', input: '2' },
    ...more,
  }
  return eventOf(request_id, JSON.stringify(value), at)
}

export function topicOf(table: LakeTable) {
  if (!table.topic) throw new TypeError(`${table.name} is made from no topic`)
  return table.topic
}

export const turnTopic = topicOf(conversations)
export const usageTopic = topicOf(usage)
