import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import {
  generationFinished,
  type GenerationFinished,
} from '@sluice/contracts/topics/generation-finished'
import { routeDecided, type RouteDecided } from '@sluice/contracts/topics/route-decided'
import type { Topic } from '@sluice/contracts/topics/topic'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { NewEvent } from '@sluice/event-log'
import { isoTime } from '@sluice/kernel/iso-time'

/*
 * The events of one generation. The record left `Generations` as its contract says and is not checked again: this runs once per request. The same
 * record gives the same events, byte for byte.
 */

/** The bill. What else the record holds is content, or has an event of its own. */
export function toUsageEvent(record: UsageRecord): NewEvent {
  const bill = { ...record, asked: undefined, decision: undefined }
  return eventOf(usageRecorded, record, JSON.stringify(bill))
}

/** Null for a call that was not routed. */
export function toDecisionEvent(record: UsageRecord): NewEvent | null {
  const { decision } = record
  if (decision === undefined) return null
  const answered = record.state === 'completed' || record.first_part_ms !== null
  const fact: RouteDecided = {
    request_id: record.request_id,
    tenant_id: record.tenant_id,
    project_id: record.project_id,
    key_id: record.key_id,
    user_id: record.user_id,
    requested_model: record.requested_model,
    reason: decision.reason,
    targets: decision.targets,
    skipped: decision.skipped ?? [],
    provider: answered ? record.provider : null,
    model: answered ? record.model : null,
    attempts: record.calls.length,
    occurred_at: record.finished_at,
    schema_version: 1,
  }
  return eventOf(routeDecided, record, JSON.stringify(fact))
}

export function toFinishedEvent(record: UsageRecord): NewEvent {
  const fact: GenerationFinished = {
    request_id: record.request_id,
    tenant_id: record.tenant_id,
    project_id: record.project_id,
    key_id: record.key_id,
    user_id: record.user_id,
    operation: record.operation,
    model: record.model,
    provider: record.provider,
    state: record.state,
    error_code: record.error_code,
    stream: record.stream,
    accepted_at: record.accepted_at,
    occurred_at: record.finished_at,
    schema_version: 1,
  }
  return eventOf(generationFinished, record, JSON.stringify(fact))
}

function eventOf<Payload>(
  { type, version }: Topic<Payload>,
  { request_id: id, tenant_id: tenant, finished_at: finishedAt }: UsageRecord,
  value: string,
): NewEvent {
  const time = isoTime(finishedAt)
  const attributes = { id, source: '/sluice/usage', type, subject: id, time, tenant }
  return { key: id, value, attributes: { ...attributes, schemaversion: String(version) } }
}
