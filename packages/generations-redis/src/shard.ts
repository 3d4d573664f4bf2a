import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { RequestId } from '@sluice/contracts/ids'
import type { End, GenerationsTiming } from '@sluice/generations'
import { firstTarget } from '@sluice/generations/first-target'
import { BatchedCall, type CallFormat } from './batched-call.ts'
import type { Writer } from './claims.ts'
import { FieldReader, type FieldWriter } from './fields.ts'
import type { RedisLink } from './redis-link.ts'
import { maxInlineBodyBytes } from './redis-generations-options.ts'
import {
  lettersOf,
  membersOf,
  readAdmitted,
  readCancel,
  readClaim,
  readEach,
  readEntries,
  writeAttach,
  writeEnd,
  writeEntry,
  writeNoEnd,
  writeVerdict,
} from './shard-fields.ts'
import type {
  AdmitItem,
  AdmitReply,
  AppendItem,
  AttemptItem,
  BuryItem,
  CancelReply,
  ClaimReply,
  FinishItem,
  ReadItem,
  ReadReply,
  RestoreReply,
  Verdict,
} from './shard-values.ts'
import { chargeLines } from './stored-charges.ts'
import { storedAsked, storedPlan, storedRequest, storedUsage } from './stored-json.ts'
import { readSummary } from './views.ts'

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
