import { GenerationState } from '@sluice/contracts/generation/generation-summary'
import type {
  GenerationSummary,
  ProviderCallSummary,
} from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { QueueDepths } from '@sluice/generations'
import { type AnnouncedCall, summaryOfAnnounced } from '@sluice/generations/provider-calls'
import type { FieldReader } from './fields.ts'
import { storedHead, storedRequest, storedTerminal } from './stored-json.ts'
import { parseCalls, parseCursor, type RawEntry } from './stored-values.ts'

export function toLogEntry({ epoch, seq, head, data, end }: RawEntry): LogEntry {
  return {
    epoch,
    seq,
    head: head === '' ? null : storedHead.read(head),
    data,
    end: end === '' ? null : storedTerminal.read(end),
  }
}

/** One item of the reply of `describe`. */
export function readSummary(id: RequestId, fields: FieldReader): GenerationSummary | null {
  const state = fields.text()
  if (state === '') return null
  const request = storedRequest.read(fields.text())
  const calls = parseCalls<AnnouncedCall | ProviderCallSummary>(fields.text())
  const provider = fields.text()
  const finished = fields.text()
  const lastCursor = parseCursor(fields.text())
  const terminal = fields.text()
  return {
    id,
    caller: request.caller,
    state: state === 'routed' ? 'accepted' : GenerationState.parse(state),
    operation: request.operation,
    wire: request.wire,
    stream: request.stream,
    model: request.model,
    provider: provider === '' ? null : provider,
    calls: calls.map((call) => ('startedAt' in call ? summaryOfAnnounced(call) : call)),
    acceptedAt: request.acceptedAt,
    finishedAt: finished === '' ? null : Number(finished),
    lastCursor,
    terminal: terminal === '' ? null : storedTerminal.read(terminal),
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
