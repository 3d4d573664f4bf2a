import { amountNanoUsd } from '@sluice/kernel/cost'
import type { CustomerLedgerRow } from '@sluice/store/usage-store'
import { simPrice } from '../world/catalogue.ts'
import { type Check, type Evidence, type Story, textOf, ticksIn } from './evidence.ts'

/** I5, I6, I10: one bill per generation, one row per provider call, one event per bill. */
export const checkLedgers: Check = function* (evidence) {
  const { stories, world, eventIds } = evidence
  const { ledger } = world.usageStore
  for (const story of stories.values()) {
    const row = ledger.get(story.id)
    if (row === undefined) yield `I5: ${story.id} has no bill`
    else yield* bill(story, row)
    yield* providerRows(story, evidence)
  }
  for (const id of ledger.keys())
    if (!stories.has(id)) yield `I5: there is a bill for ${id}, which was never accepted`
  const published = new Set(eventIds)
  for (const id of ledger.keys())
    if (!published.has(id)) yield `I10: the bill of ${id} was never published`
  for (const id of published) if (!ledger.has(id)) yield `I10: ${id} was published without a bill`
}

function* bill(
  { id, summary, tenant, calls, entries }: Story,
  row: CustomerLedgerRow,
): Iterable<string> {
  if (row.tenant_id !== tenant) yield `I5: ${id} of ${tenant} is billed to ${row.tenant_id}`
  if (row.state !== summary?.state)
    yield `I5: ${id} ended as ${summary?.state ?? '?'} and is billed as ${row.state}`
  const nothingPublished = entries.every(({ data }) => data.length === 0)
  const price = amountNanoUsd(row, simPrice)
  if (row.amount_nano_usd !== price && !(nothingPublished && row.amount_nano_usd === 0))
    yield `I5: ${id} costs ${String(row.amount_nano_usd)} for tokens worth ${String(price)}`
  if (row.state !== 'completed') return
  const [tick] = ticksIn(textOf(entries))
  const usage = calls.find(({ answer }) => answer.ticks[0] === tick)?.answer.usage ?? null
  if (usage === null && !row.estimated)
    yield `I5: ${id} is billed as exact, though its provider reported nothing`
  if (usage !== null && (row.input_tokens !== usage.input || row.output_tokens !== usage.output))
    yield `I5: ${id} is billed for ${String(row.input_tokens)}+${String(row.output_tokens)} tokens, its provider said ${String(usage.input)}+${String(usage.output)}`
}

function* providerRows({ id, calls }: Story, { world }: Evidence): Iterable<string> {
  const rows = [...world.usageStore.providerLedger.values()].filter((row) => row.request_id === id)
  if (rows.length < calls.length)
    yield `I6: providers saw ${String(calls.length)} calls for ${id}, the ledger has ${String(rows.length)}`
  const completed = rows.filter(({ state }) => state === 'completed').length
  const whole = calls.filter(({ endedAt }) => endedAt !== null).length
  if (completed > whole)
    yield `I6: ${String(completed)} calls for ${id} are booked as completed, providers ended ${String(whole)}`
}
