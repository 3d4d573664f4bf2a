import type { AskedTurns } from '@sluice/contracts/generation/asked-turns'
import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type {
  GenerationSummary,
  ProviderCallSummary,
} from '@sluice/contracts/generation/generation-summary'
import type {
  Cursor,
  EntryHead,
  LogEntry,
  NewEntry,
  Terminal,
  TerminalState,
} from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import { copyCaller, copyEntry, copyHead, copyTerminal } from './copies.ts'
import type { CallTarget, Revocation } from './generations.ts'
import { noCharges, type TakenCharge } from './memory-counters.ts'
import type { MemoryTail } from './memory-tail.ts'
import { type AnnouncedCall, summaryOfAnnounced } from './provider-calls.ts'

export interface GenerationFacts {
  readonly attachable?: boolean
  readonly charges?: readonly TakenCharge[]
  readonly weight?: number
  readonly asked?: AskedTurns | undefined
}

/** One generation as the memory adapter holds it. The transitions are in `memory-generations.ts`; here is what they keep. */
export class MemoryGeneration {
  readonly request: GenerationRequest
  readonly entries: LogEntry[] = []
  readonly tails: MemoryTail[] = []
  body: Buffer | null
  plan: RoutePlan | null = null
  state: 'accepted' | 'routed' | 'running' | TerminalState = 'accepted'
  epoch = 0
  seq = 0
  claims = 0
  /** Provider calls that were announced, by all holders. */
  readonly calls: AnnouncedCall[] = []
  /** How many of them were announced by others than the current holder. */
  earlierCalls = 0
  /** How they ended; null before the end. */
  outcomes: readonly ProviderCallSummary[] | null = null
  /** Deliveries that led to nothing. */
  lapses = 0
  /** When the waiting item was handed to a worker; null while it waits for one. */
  deliveredAt: number | null = null
  leaseUntil = 0
  /** By the clock of this adapter, whatever that of the process said that admitted it. */
  deadlineAt = Infinity
  onRevoked: ((reason: Revocation) => void) | null = null
  /** Why it is to be cancelled, once that was asked for. */
  cancelReason: string | null = null
  /** Another call may join this one. */
  readonly attachable: boolean
  /** What it takes from the limits of its tenant until its end. */
  readonly charges: readonly TakenCharge[]
  /** Share of its tenant where several wait. */
  readonly weight: number
  readonly asked: AskedTurns | undefined
  readers = 1
  /** When it is cancelled because nobody reads it; Infinity while somebody does. */
  unreadUntil = Infinity
  firstPartAt: number | null = null
  finishedAt: number | null = null

  constructor(
    request: GenerationRequest,
    body: Buffer | null,
    { attachable = false, charges = noCharges, weight = 1, asked }: GenerationFacts = {},
  ) {
    this.request = request
    this.body = body
    this.attachable = attachable
    this.charges = charges
    this.weight = weight
    this.asked = asked
  }

  get ended(): boolean {
    return this.finishedAt !== null
  }

  get lastHead(): EntryHead | null {
    return this.entries.findLast(({ head }) => head !== null)?.head ?? null
  }

  summary(): GenerationSummary {
    const { request, state } = this
    const last = this.entries.at(-1)
    return {
      id: request.id,
      caller: copyCaller(request.caller),
      state: state === 'routed' ? 'accepted' : state,
      operation: request.operation,
      wire: request.wire,
      stream: request.stream,
      model: request.model,
      provider: this.lastHead?.provider ?? null,
      calls: this.outcomes?.map((call) => ({ ...call })) ?? this.calls.map(summaryOfAnnounced),
      acceptedAt: request.acceptedAt,
      finishedAt: this.finishedAt,
      lastCursor: last === undefined ? null : { epoch: last.epoch, seq: last.seq },
      terminal: last?.end ? copyTerminal(last.end) : null,
    }
  }

  /** Every change of the writer has a higher epoch, also when the clock stands still or goes back. */
  nextEpoch(now: number): void {
    this.epoch = Math.max(this.epoch + 1, now)
    this.seq = 0
  }

  /** The number of the call. */
  announce({ provider, model }: CallTarget, now: number): number {
    const attempt = this.calls.length + 1
    this.calls.push({ attempt, provider, model, startedAt: now })
    return attempt
  }

  write(entry: NewEntry, end: Terminal | null, now: number): void {
    this.seq += 1
    this.firstPartAt ??= now
    const head = entry.head === null ? null : copyHead(entry.head)
    this.entries.push({ epoch: this.epoch, seq: this.seq, head, data: entry.data, end })
  }

  wakeTails(): void {
    for (const tail of this.tails) tail.wake()
  }

  closeTails(): void {
    for (let tail = this.tails[0]; tail !== undefined; tail = this.tails[0]) tail[Symbol.dispose]()
  }

  /** At most once, and never from within the caller's own step. */
  revoke(reason: Revocation): void {
    const { onRevoked } = this
    this.onRevoked = null
    if (onRevoked)
      queueMicrotask(() => {
        onRevoked(reason)
      })
  }

  /** Index of the first entry after `cursor`, or null when the log has no such place. */
  indexAfter(cursor: Cursor | null): number | null {
    if (cursor === null) return 0
    const { entries } = this
    let index = entries.length
    while (index > 0 && isAfter(entries[index - 1], cursor)) index -= 1
    // `<epoch>-0` is the place before the first entry of an epoch.
    const anchor = cursor.seq === 0 ? entries[index] : entries[index - 1]
    const known = anchor?.epoch === cursor.epoch && (cursor.seq === 0 || anchor.seq === cursor.seq)
    return known ? index : null
  }

  hasMoreThan(index: number, bytes: number): boolean {
    let left = bytes
    for (let at = index; at < this.entries.length && left >= 0; at += 1)
      left -= this.entries[at]?.data.length ?? 0
    return left < 0
  }

  /** Copies of the entries from `index` on: at most `maxBytes` of data, but at least one entry if there is one. */
  slice(index: number, maxBytes: number): LogEntry[] {
    const slice: LogEntry[] = []
    let bytes = 0
    for (let at = index; at < this.entries.length; at += 1) {
      const entry = copyEntry(this.entries[at] as LogEntry)
      bytes += entry.data.length
      if (slice.length > 0 && bytes > maxBytes) break
      slice.push(entry)
    }
    return slice
  }
}

function isAfter(entry: LogEntry | undefined, cursor: Cursor): boolean {
  if (entry === undefined) return false
  return entry.epoch > cursor.epoch || (entry.epoch === cursor.epoch && entry.seq > cursor.seq)
}
