import type { NewEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { Attach, CallTarget, End } from '@sluice/generations'
import { type AnnouncedCall, summaryOfEnded } from '@sluice/generations/provider-calls'
import { FieldReader, type FieldWriter } from './fields.ts'
import type {
  AdmitItem,
  AdmitReply,
  CancelReply,
  ClaimReply,
  ReadReply,
  Verdict,
} from './shard-values.ts'
import { readChargeReply } from './stored-charges.ts'
import {
  storedHead,
  storedPlan,
  storedRequest,
  storedTerminal,
  storedUsage,
} from './stored-json.ts'
import { parseCalls, parseCursor, type RawEntry } from './stored-values.ts'

const idLength = 36

/** The members of a JSON object, without the braces: the scripts add theirs. */
export function membersOf({ provider, model }: CallTarget): string {
  return JSON.stringify({ provider, model }).slice(1, -1)
}

/** How the provider calls ended, as items of a JSON array. */
function outcomesOf({ usage }: End): string {
  return JSON.stringify(usage.calls.map(summaryOfEnded)).slice(1, -1)
}

export function writeEntry(fields: FieldWriter, { head, data }: NewEntry): void {
  fields.text(head === null ? '' : storedHead.write(head))
  fields.text(head?.provider ?? '')
  fields.text(head?.model ?? '')
  fields.blob(data)
}

export function writeAttach(fields: FieldWriter, attach: Attach | null): void {
  fields.text(attach === null ? '' : attach.kind.slice(0, 1) + attach.key)
  fields.text(attach?.bodyHash ?? '')
  fields.number(attach?.retryCount ?? 0)
}

/** Verdicts that come with what `take` says of the charges. */
const chargedVerdicts: ReadonlySet<Verdict> = new Set(['o', 'c', 'n'])

export function readAdmitted(
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

export function writeNoEnd(fields: FieldWriter): void {
  for (let i = 0; i < 4; i += 1) fields.text('')
  for (let i = 0; i < 2; i += 1) fields.blob('')
}

/** Its bill is in the server's time: that is when it ended. The clock of another process may be wrong. */
export function writeVerdict(fields: FieldWriter, end: End): void {
  writeEnd(fields, end, false, String(end.usage.finished_at))
}

/** `says`: the terminal entry holds a part of the answer. Without `finishedAt` it ends when the server hears of it. */
export function writeEnd(fields: FieldWriter, end: End, says = false, finishedAt = ''): void {
  const { state, error } = end.terminal
  fields.text(state)
  fields.text(state === 'failed' && error?.retryable === true && !says ? '1' : '')
  fields.text(finishedAt)
  fields.text(outcomesOf(end))
  fields.blob(storedTerminal.write(end.terminal))
  fields.blob(storedUsage.write(end.usage))
}

export function lettersOf(reply: unknown): Verdict[] {
  return (reply as Buffer).toString('latin1').split('')
}

export function readEach<Item, Result>(
  reply: unknown,
  items: readonly Item[],
  read: (fields: FieldReader) => Result,
): Result[] {
  const fields = FieldReader.ofReply(reply)
  return items.map(() => read(fields))
}

export function readClaim(fields: FieldReader): ClaimReply {
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

export function readCancel(fields: FieldReader): CancelReply {
  const verdict = fields.text()
  if (verdict !== '?') return { verdict, request: null, plan: null, calls: [] }
  const calls = parseCalls<AnnouncedCall>(fields.text())
  const request = storedRequest.read(fields.blob().toString())
  const plan = fields.blob().toString()
  return { verdict, request, plan: plan === '' ? null : storedPlan.read(plan), calls }
}

export function readEntries(fields: FieldReader): ReadReply {
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
