import { epochMs } from '../core/sim-process.ts'
import type { Check, Evidence, Story } from './evidence.ts'

/** A verdict may come so much later than the deadline. */
const verdictMs = 5_000

/** I1, I2, I9, I11: every accepted call has one log that is in order and ends, in time. */
export const checkLogs: Check = function* (evidence) {
  for (const story of evidence.stories.values()) {
    if (story.summary === null) {
      yield `I11: ${story.id} was accepted and is not known any more`
      continue
    }
    if (story.isForgotten) yield `I11: the log of ${story.id} is neither hot nor archived`
    yield* oneTerminal(story)
    yield* inOrder(story)
    yield* inTime(story, evidence)
  }
}

function* oneTerminal({ id, entries, summary }: Story): Iterable<string> {
  const terminals = entries.filter(({ end }) => end !== null).length
  if (terminals !== 1) yield `I1: ${id} has ${String(terminals)} terminal entries`
  else if (entries.at(-1)?.end == null) yield `I1: ${id} goes on after its terminal entry`
  if (summary?.terminal == null) yield `I1: ${id} rests as ${summary?.state ?? 'unknown'}`
}

function* inOrder({ id, entries }: Story): Iterable<string> {
  let epoch = 0
  let seq = 0
  for (const entry of entries) {
    const next =
      entry.epoch === epoch ? entry.seq === seq + 1 : entry.epoch > epoch && entry.seq === 1
    if (!next)
      yield `I2: ${id} has ${String(entry.epoch)}-${String(entry.seq)} after ${String(epoch)}-${String(seq)}`
    epoch = entry.epoch
    seq = entry.seq
  }
}

function* inTime(
  { id, accepted, summary }: Story,
  { settings, world }: Evidence,
): Iterable<string> {
  if (summary?.finishedAt == null) return
  const tookMs = summary.finishedAt - epochMs - accepted.at
  // While the log is away, and one lease longer, nobody gives verdicts.
  const outages = world.wire.outagesMs('generations')
  const heldMs = outages.reduce((sum, ms) => sum + ms + settings.timing.leaseMs, 0)
  if (tookMs > settings.deadlineMs + verdictMs + heldMs)
    yield `I9: ${id} ended ${String(Math.round(tookMs - settings.deadlineMs))} ms after its deadline`
  if (summary.state === 'expired' && tookMs < settings.deadlineMs - 50)
    yield `I9: ${id} expired ${String(Math.round(settings.deadlineMs - tookMs))} ms before its deadline`
}
