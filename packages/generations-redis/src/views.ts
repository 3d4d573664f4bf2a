import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { GenerationState } from '@sluice/contracts/generation/generation-summary'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { EntryHead, LogEntry, Terminal } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { QueueDepths } from '@sluice/generations'
import type { FieldReader } from './fields.ts'
import { parseCursor, type RawEntry } from './shard.ts'

export function toLogEntry({ epoch, seq, head, data, end }: RawEntry): LogEntry {
  return {
    epoch,
    seq,
    head: head === '' ? null : (JSON.parse(head) as EntryHead),
    data,
    end: end === '' ? null : (JSON.parse(end) as Terminal),
  }
}

/** The reply of `describe`. */
export function readSummary(id: RequestId, fields: FieldReader): GenerationSummary {
  const state = fields.text()
  const { caller, model, acceptedAt } = JSON.parse(fields.text()) as GenerationRequest
  const claims = fields.text()
  const provider = fields.text()
  const finished = fields.text()
  const lastCursor = parseCursor(fields.text())
  const terminal = fields.text()
  return {
    id,
    caller,
    state: state === 'routed' ? 'accepted' : GenerationState.parse(state),
    model,
    provider: provider === '' ? null : provider,
    attempt: Number(claims),
    acceptedAt,
    finishedAt: finished === '' ? null : Number(finished),
    lastCursor,
    terminal: terminal === '' ? null : (JSON.parse(terminal) as Terminal),
  }
}

/** The replies of `depths`, one per shard, added up. */
export function readDepths(replies: readonly FieldReader[]): QueueDepths {
  const dispatches: Record<string, number> = {}
  let requests = 0
  let running = 0
  let usage = 0
  for (const fields of replies) {
    requests += fields.number()
    running += fields.number()
    usage += fields.number()
    while (!fields.done) {
      const pool = fields.text()
      dispatches[pool] = (dispatches[pool] ?? 0) + fields.number()
    }
  }
  return { requests, dispatches, running, usage }
}
