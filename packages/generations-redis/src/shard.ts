import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { Cursor, NewEntry } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan, RouteTarget } from '@sluice/contracts/generation/route-plan'
import type { RequestId } from '@sluice/contracts/ids'
import type {
  Admission,
  Attach,
  CallTarget,
  Claim,
  End,
  GenerationsTiming,
} from '@sluice/generations'
import { type AnnouncedCall, summaryOfEnded } from '@sluice/generations/provider-calls'
import { BatchedCall, type CallFormat } from './batched-call.ts'
import type { Writer } from './claims.ts'
import { FieldReader, type FieldWriter } from './fields.ts'
import type { RedisLink } from './redis-link.ts'
import { maxInlineBodyBytes } from './redis-generations-options.ts'
import { type ChargeReply, chargeLines, readChargeReply } from './stored-charges.ts'
import {
  storedAsked,
  storedHead,
  storedPlan,
  storedRequest,
  storedTerminal,
  storedUsage,
} from './stored-json.ts'
import { parseCalls, parseCursor, type RawEntry } from './stored-values.ts'
import { readSummary } from './views.ts'

const idLength = 36

/** One letter of a reply; what each means is said by the function that gives it. */
export type Verdict = string

export interface AdmitReply {
  readonly verdict: Verdict
  /** With the verdict `j`: the generation that the call joins. */
  readonly joined: RequestId | null
  /** Null for a call without charges, and where it did not come to them. */
  readonly charged: ChargeReply | null
  /** With the verdicts `w` and `q`. */
  readonly noRoom?: { readonly ahead: number; readonly perSecond: number }
}

export interface AdmitItem {
  readonly admission: Admission
  /** It was accepted before, by a server that has lost it. */
  readonly repeated: boolean
}

export interface ClaimReply {
  readonly verdict: Verdict
  readonly claimed: Omit<Claim, 'id'> | null
  /** Provider calls of earlier holders. */
  readonly earlierCalls: readonly AnnouncedCall[]
  /** The body is under `bodyKey`. */
  readonly isBodyElsewhere: boolean
}

export interface RestoreReply {
  readonly verdict: Verdict
  /** With the verdict `o`: of the last entry that is there. */
  readonly seq: number
}

export interface AttemptItem {
  readonly id: RequestId
  readonly epoch: number
  readonly target: CallTarget
}

export interface AppendItem {
  readonly id: RequestId
  readonly epoch: number
  /** Of the first entry; null when the caller is not known as the writer. */
  readonly seq: number | null
  readonly entries: readonly NewEntry[]
}

export interface FinishItem {
  readonly id: RequestId
  readonly epoch: number
  readonly seq: number | null
  readonly last: NewEntry
  readonly end: End
}

export interface CancelReply {
  readonly verdict: Verdict
  /** With the verdict `?`: what the bill is written from. */
  readonly request: GenerationRequest | null
  readonly plan: RoutePlan | null
  readonly calls: readonly AnnouncedCall[]
}

export interface BuryItem {
  readonly id: RequestId
  readonly state: string
  readonly epoch: string
  readonly end: End
}

export interface ReadItem {
  readonly id: RequestId
  readonly after: Cursor | null
  readonly maxBytes: number
  /** What follows is to be pushed to this process. */
  readonly watch: boolean
}

export interface ReadReply {
  readonly verdict: Verdict
  readonly ended: boolean
  readonly more: boolean
  readonly entries: readonly RawEntry[]
}

export interface ShardContext {
  readonly link: RedisLink
  readonly instanceId: string
  readonly timing: GenerationsTiming
  readonly shards: number
  /** Server time until which an admit may be carried out; later nobody waits for it any more. */
  readonly admitUntil: () => number
  readonly onServerTime: (serverNow: number) => void
}

/** The transitions of one shard: what goes into each call and what comes out. The scripts say what they do. */
export class Shard {
  /** Beginning of all keys of this shard. */
  readonly key: string
  readonly admit: BatchedCall<AdmitItem, AdmitReply>
  readonly deliver: BatchedCall<RequestId, Verdict>
  readonly route: BatchedCall<{ readonly id: RequestId; readonly plan: RoutePlan }, Verdict>
  readonly reject: BatchedCall<{ readonly id: RequestId; readonly end: End }, Verdict>
  readonly claim: BatchedCall<RequestId, ClaimReply>
  readonly attempt: BatchedCall<AttemptItem, Verdict>
  readonly release: BatchedCall<{ readonly id: RequestId; readonly epoch: number }, Verdict>
  readonly append: BatchedCall<AppendItem, Verdict>
  readonly finish: BatchedCall<FinishItem, Verdict>
  readonly restore: BatchedCall<Pick<Writer, 'id' | 'epoch' | 'plan' | 'calls'>, RestoreReply>
  readonly bill: BatchedCall<{ readonly id: RequestId; readonly end: End }, Verdict>
  readonly cancel: BatchedCall<
    { readonly id: RequestId; readonly reason: string; readonly end: End | null },
    CancelReply
  >
  readonly attend: BatchedCall<RequestId, Verdict>
  readonly leave: BatchedCall<{ readonly id: RequestId; readonly graceMs: number }, Verdict>
  readonly bury: BatchedCall<BuryItem, Verdict>
  readonly heartbeat: BatchedCall<{ readonly id: RequestId; readonly epoch: number }, Verdict>
  readonly read: BatchedCall<ReadItem, ReadReply>
  readonly describe: BatchedCall<RequestId, GenerationSummary | null>
  readonly confirm: BatchedCall<string, void>

  constructor(key: string, context: ShardContext) {
    const { link, instanceId, timing, shards, admitUntil, onServerTime } = context
    this.key = key
    const call = <Item, Result>(format: CallFormat<Item, Result>) =>
      new BatchedCall(link, key, format)
    const retention = (fields: FieldWriter) => {
      fields.number(timing.retentionMs)
    }
    const retentionAndRoom = (fields: FieldWriter) => {
      retention(fields)
      fields.number(timing.sharedQueue)
    }

    this.admit = call({
      name: 'admit',
      header(fields) {
        fields.number(Math.ceil(timing.maxWaiting / shards))
        fields.number(timing.sharedQueue)
        fields.text(instanceId)
        fields.number(admitUntil())
        fields.number(timing.idempotencyMs)
        fields.number(timing.retryWindowMs)
      },
      write(
        fields,
        { admission: { request, body, attach, charges, weight = 1, asked }, repeated },
      ) {
        const elsewhere = body.length > maxInlineBodyBytes
        fields.text(request.id)
        fields.number(request.deadlineAt - request.acceptedAt)
        fields.text(elsewhere ? '1' : '')
        fields.text(request.caller.tenantId)
        fields.text(weight === 1 ? '' : String(weight))
        fields.text(chargeLines(charges, repeated))
        writeAttach(fields, attach)
        fields.blob(storedRequest.write(request))
        fields.blob(elsewhere ? '' : body)
        fields.blob(asked === undefined ? '' : storedAsked.write(asked))
      },
      results(reply, items) {
        const [serverNow, letters, joined, charged] = reply as [number, Buffer, Buffer, Buffer]
        onServerTime(serverNow)
        return readAdmitted(items, lettersOf(letters), joined, new FieldReader(charged))
      },
    })

    this.deliver = call({
      name: 'deliver',
      write(fields, id) {
        fields.text(id)
      },
      results: lettersOf,
      maxItems: 1_000,
    })

    this.route = call({
      name: 'route',
      header(fields) {
        fields.number(timing.sharedQueue)
      },
      write(fields, { id, plan }) {
        fields.text(id)
        const first = firstTarget(plan)
        fields.text(first.pool)
        fields.text(membersOf(first))
        fields.blob(storedPlan.write(plan))
      },
      results: lettersOf,
    })

    this.reject = call({
      name: 'reject',
      header: retention,
      write(fields, { id, end }) {
        fields.text(id)
        writeEnd(fields, end)
      },
      written: ({ id }, verdict) => (verdict === 'o' ? { id, cursor: '' } : null),
      results: lettersOf,
    })

    this.claim = call({
      name: 'claim',
      header(fields) {
        fields.text(instanceId)
        fields.number(timing.leaseMs)
        fields.number(timing.sharedQueue)
      },
      write(fields, id) {
        fields.text(id)
      },
      results: (reply, ids) => readEach(reply, ids, readClaim),
    })

    this.attempt = call({
      name: 'attempt',
      write(fields, { id, epoch, target }) {
        fields.text(id)
        fields.number(epoch)
        fields.text(membersOf(target))
      },
      results: lettersOf,
    })

    this.release = call({
      name: 'release',
      write(fields, { id, epoch }) {
        fields.text(id)
        fields.number(epoch)
      },
      results: lettersOf,
    })

    this.append = call({
      name: 'append',
      write(fields, { id, epoch, seq, entries }) {
        fields.text(id)
        fields.number(epoch)
        fields.text(seq === null ? '' : String(seq))
        fields.number(entries.length)
        for (const entry of entries) writeEntry(fields, entry)
      },
      written: ({ id, epoch, seq, entries }, verdict) =>
        verdict === 'o' && seq !== null && entries.length > 0
          ? { id, cursor: `${String(epoch)}-${String(seq + entries.length - 1)}` }
          : null,
      results: lettersOf,
    })

    this.finish = call({
      name: 'finish',
      header: retention,
      write(fields, { id, epoch, seq, last, end }) {
        fields.text(id)
        fields.number(epoch)
        fields.text(seq === null ? '' : String(seq))
        writeEntry(fields, last)
        writeEnd(fields, end, last.data.length > 0)
      },
      written: ({ id }, verdict) => (verdict === 'o' ? { id, cursor: '' } : null),
      results: lettersOf,
    })

    this.restore = call({
      name: 'restore',
      header(fields) {
        fields.text(instanceId)
        fields.number(timing.leaseMs)
      },
      write(fields, { id, epoch, plan, calls }) {
        const first = firstTarget(plan)
        fields.text(id)
        fields.number(epoch)
        fields.number(calls.length)
        fields.text(JSON.stringify(calls).slice(1, -1))
        fields.text(first.pool)
        fields.text(membersOf(first))
        fields.blob(storedPlan.write(plan))
      },
      results: (reply, items) =>
        readEach(reply, items, (fields) => ({ verdict: fields.text(), seq: fields.number() })),
    })

    this.bill = call({
      name: 'bill',
      write(fields, { id, end }) {
        fields.text(id)
        fields.blob(storedUsage.write(end.usage))
      },
      results: lettersOf,
    })

    this.cancel = call({
      name: 'cancel',
      header: retentionAndRoom,
      write(fields, { id, reason, end }) {
        fields.text(id)
        fields.text(reason)
        if (end === null) writeNoEnd(fields)
        else writeVerdict(fields, end)
      },
      written: ({ id }, { verdict }) => (verdict === 'c' ? { id, cursor: '' } : null),
      results: (reply, items) => readEach(reply, items, readCancel),
    })

    this.attend = call({
      name: 'attend',
      write(fields, id) {
        fields.text(id)
      },
      results: lettersOf,
    })

    this.leave = call({
      name: 'leave',
      write(fields, { id, graceMs }) {
        fields.text(id)
        fields.number(graceMs)
      },
      results: lettersOf,
    })

    this.bury = call({
      name: 'bury',
      header: retentionAndRoom,
      write(fields, { id, state, epoch, end }) {
        fields.text(id)
        fields.text(state)
        fields.text(epoch)
        writeVerdict(fields, end)
      },
      written: ({ id }, verdict) => (verdict === 'o' ? { id, cursor: '' } : null),
      results: lettersOf,
    })

    this.heartbeat = call({
      name: 'heartbeat',
      header(fields) {
        fields.number(timing.leaseMs)
        fields.number(2 * timing.heartbeatMs)
        fields.number(timing.lostReaderGraceMs)
      },
      write(fields, { id, epoch }) {
        fields.text(id)
        fields.number(epoch)
      },
      results: lettersOf,
      maxItems: 1_000,
    })

    this.read = call({
      name: 'read',
      write(fields, { id, after, maxBytes, watch }) {
        fields.text(id)
        fields.text(after === null ? '' : `${String(after.epoch)}-${String(after.seq)}`)
        fields.number(maxBytes)
        fields.text(watch ? instanceId : '')
      },
      results: (reply, items) => readEach(reply, items, readEntries),
      // Each may bring back `maxPullBytes`, or more where one entry is more.
      maxItems: 16,
    })

    this.describe = call({
      name: 'describe',
      write(fields, id) {
        fields.text(id)
      },
      results: (reply, ids) => {
        const fields = FieldReader.ofReply(reply)
        return ids.map((id) => readSummary(id, fields))
      },
    })

    this.confirm = call({
      name: 'confirm',
      write(fields, id) {
        fields.text(id)
      },
      results: (_reply, ids) => ids.map(() => {}),
      maxItems: 1_000,
    })
  }

  bodyKey(id: RequestId): string {
    return `${this.key}${id}:body`
  }
}

export function firstTarget(plan: RoutePlan): RouteTarget {
  const [first] = plan.targets
  if (first === undefined) throw new Error('a route plan has at least one target')
  return first
}

/** The members of a JSON object, without the braces: the scripts add theirs. */
function membersOf({ provider, model }: CallTarget): string {
  return JSON.stringify({ provider, model }).slice(1, -1)
}

/** How the provider calls ended, as items of a JSON array. */
function outcomesOf({ usage }: End): string {
  return JSON.stringify(usage.calls.map(summaryOfEnded)).slice(1, -1)
}

function writeEntry(fields: FieldWriter, { head, data }: NewEntry): void {
  fields.text(head === null ? '' : storedHead.write(head))
  fields.text(head?.provider ?? '')
  fields.text(head?.model ?? '')
  fields.blob(data)
}

function writeAttach(fields: FieldWriter, attach: Attach | null): void {
  fields.text(attach === null ? '' : attach.kind.slice(0, 1) + attach.key)
  fields.text(attach?.bodyHash ?? '')
  fields.number(attach?.retryCount ?? 0)
}

/** Verdicts that come with what `take` says of the charges. */
const chargedVerdicts: ReadonlySet<Verdict> = new Set(['o', 'c', 'n'])

function readAdmitted(
  items: readonly AdmitItem[],
  letters: readonly Verdict[],
  joined: Buffer,
  charged: FieldReader,
): AdmitReply[] {
  if (joined.length === 0 && charged.done)
    return letters.map((verdict) => ({ verdict, joined: null, charged: null }))
  const ids = joined.toString('latin1')
  let at = 0
  return letters.map((verdict, index) => {
    if (verdict === 'j') {
      at += idLength
      return { verdict, joined: ids.slice(at - idLength, at) as RequestId, charged: null }
    }
    if (verdict === 'w' || verdict === 'q') {
      const [ahead = 0, perThousand = 0] = charged.text().split(' ').map(Number)
      const noRoom = { ahead, perSecond: perThousand / 1_000 }
      return { verdict, joined: null, charged: null, noRoom }
    }
    const { charges } = (items[index] as AdmitItem).admission
    if (charges.length === 0 || !chargedVerdicts.has(verdict))
      return { verdict, joined: null, charged: null }
    const numbers = charged.text()
    return {
      verdict,
      joined: null,
      charged: numbers === '' ? null : readChargeReply(verdict, numbers, charges),
    }
  })
}

function writeNoEnd(fields: FieldWriter): void {
  for (let i = 0; i < 4; i += 1) fields.text('')
  for (let i = 0; i < 2; i += 1) fields.blob('')
}

/** Its bill is in the server's time: that is when it ended. The clock of another process may be wrong. */
function writeVerdict(fields: FieldWriter, end: End): void {
  writeEnd(fields, end, false, String(end.usage.finished_at))
}

/** `says`: the terminal entry holds a part of the answer. Without `finishedAt` it ends when the server hears of it. */
function writeEnd(fields: FieldWriter, end: End, says = false, finishedAt = ''): void {
  const { state, error } = end.terminal
  fields.text(state)
  fields.text(state === 'failed' && error?.retryable === true && !says ? '1' : '')
  fields.text(finishedAt)
  fields.text(outcomesOf(end))
  fields.blob(storedTerminal.write(end.terminal))
  fields.blob(storedUsage.write(end.usage))
}

function lettersOf(reply: unknown): Verdict[] {
  return (reply as Buffer).toString('latin1').split('')
}

function readEach<Item, Result>(
  reply: unknown,
  items: readonly Item[],
  read: (fields: FieldReader) => Result,
): Result[] {
  const fields = FieldReader.ofReply(reply)
  return items.map(() => read(fields))
}

function readClaim(fields: FieldReader): ClaimReply {
  const verdict = fields.text()
  if (verdict !== 'o') return { verdict, claimed: null, earlierCalls: [], isBodyElsewhere: false }
  const epoch = fields.number()
  const attempt = fields.number()
  const remainingMs = fields.number()
  const earlierCalls = parseCalls<AnnouncedCall>(fields.text())
  const isBodyElsewhere = fields.text() === '1'
  const request = storedRequest.read(fields.blob().toString())
  const plan = storedPlan.read(fields.blob().toString())
  const claimed = { epoch, attempt, remainingMs, request, plan, body: fields.blob() }
  return { verdict, claimed, earlierCalls, isBodyElsewhere }
}

function readCancel(fields: FieldReader): CancelReply {
  const verdict = fields.text()
  if (verdict !== '?') return { verdict, request: null, plan: null, calls: [] }
  const calls = parseCalls<AnnouncedCall>(fields.text())
  const request = storedRequest.read(fields.blob().toString())
  const plan = fields.blob().toString()
  return { verdict, request, plan: plan === '' ? null : storedPlan.read(plan), calls }
}

function readEntries(fields: FieldReader): ReadReply {
  const verdict = fields.text()
  if (verdict !== 'o') return { verdict, ended: false, more: false, entries: [] }
  const ended = fields.text() === '1'
  const more = fields.text() === '1'
  const entries: RawEntry[] = []
  for (let left = fields.number(); left > 0; left -= 1) {
    const { epoch, seq } = parseCursor(fields.text()) ?? { epoch: 0, seq: 0 }
    entries.push({ epoch, seq, head: fields.text(), end: fields.text(), data: fields.blob() })
  }
  return { verdict, ended, more, entries }
}
