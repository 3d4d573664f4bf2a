import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { NewEvent } from '@sluice/event-log'

/** A record whose id is made from `n`; every optional field is filled unless `changes` says otherwise. */
export function newUsageRecord(n: number, changes: Partial<UsageRecord> = {}): UsageRecord {
  return {
    request_id: `01940000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`,
    tenant_id: 'default',
    project_id: 'default',
    key_id: 'ci',
    user_id: 'anna',
    channel: 'http',
    operation: 'chat',
    requested_model: 'fast',
    model: 'acme/fast',
    provider: 'acme',
    calls: [newCall()],
    state: 'completed',
    error_code: null,
    amount_nano_usd: 1_000 + n,
    price: { input: '0.15', output: '0.6', cached_input: '0.075' },
    stream: true,
    accepted_at: 1_767_312_000_000,
    finished_at: 1_767_312_000_900,
    first_part_ms: 12,
    input_tokens: 10,
    output_tokens: 20,
    cached_input_tokens: 3,
    cache_write_tokens: 2,
    reasoning_tokens: 1,
    estimated: false,
    ...changes,
  } as UsageRecord
}

/** The provider call that answered a `newUsageRecord`; its numbers are those of the record. */
export function newCall(changes: Partial<ProviderCallRecord> = {}): ProviderCallRecord {
  return {
    attempt: 1,
    provider: 'acme',
    model: 'acme/fast',
    state: 'completed',
    error_code: null,
    cost_nano_usd: 700,
    started_at: 1_767_312_000_004,
    finished_at: 1_767_312_000_900,
    input_tokens: 10,
    output_tokens: 20,
    cached_input_tokens: 3,
    cache_write_tokens: 2,
    reasoning_tokens: 1,
    estimated: false,
    ...changes,
  }
}

export function usageEvent(record: UsageRecord): NewEvent {
  return {
    key: record.request_id,
    value: JSON.stringify(record),
    attributes: {
      id: record.request_id,
      source: '/sluice/usage',
      type: 'sluice.usage.recorded',
      subject: record.request_id,
      time: new Date(record.finished_at).toISOString(),
      tenant: record.tenant_id,
      schemaversion: '1',
    },
  }
}

/** What `record` publishes in these tests: the bills of new rows, on this topic. */
export function billsOn(topic: string) {
  return (added: readonly UsageRecord[]) => [{ topic, events: added.map(usageEvent) }]
}
