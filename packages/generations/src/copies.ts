import type { Caller } from '@sluice/contracts/caller'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { EntryHead, LogEntry, Terminal } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'

/**
 * What crosses the port is a copy, as it would be after a trip over a network: nobody's change reaches anybody else. Written out by
 * field because `structuredClone` costs more than the rest of a request together. Bytes are shared: they are never changed.
 */
export function copyRequest(request: GenerationRequest): GenerationRequest {
  return { ...request, caller: copyCaller(request.caller), headers: { ...request.headers } }
}

export function copyCaller(caller: Caller): Caller {
  return { ...caller, models: caller.models === null ? null : [...caller.models] }
}

export function copyPlan(plan: RoutePlan): RoutePlan {
  return {
    targets: plan.targets.map((target) => ({
      ...target,
      price: target.price === null ? null : { ...target.price },
    })),
    reason: { ...plan.reason },
    ...(plan.skipped && { skipped: plan.skipped.map((model) => ({ ...model })) }),
  }
}

export function copyHead(head: EntryHead): EntryHead {
  return { ...head, adapted: [...head.adapted] }
}

export function copyTerminal(terminal: Terminal): Terminal {
  return {
    ...terminal,
    error: terminal.error === null ? null : { ...terminal.error },
    usage: { ...terminal.usage },
  }
}

export function copyUsage(record: UsageRecord): UsageRecord {
  return {
    ...record,
    price: record.price === null ? null : { ...record.price },
    calls: record.calls.map((call) => ({ ...call })),
  }
}

export function copyEntry(entry: LogEntry): LogEntry {
  return {
    epoch: entry.epoch,
    seq: entry.seq,
    head: entry.head === null ? null : copyHead(entry.head),
    data: entry.data,
    end: entry.end === null ? null : copyTerminal(entry.end),
  }
}
