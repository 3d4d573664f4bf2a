import { follows, type Place, placeOf } from './cursor.ts'
import { type Generation, stateOf, type View } from './generation.ts'
import type { Harm, Report } from './violation.ts'

/** Whether acknowledged writes may have been lost between these two times (Unix ms): a store that syncs once a second was killed. */
export type Rollbacks = (from: number, to: number) => boolean

/** I1–I4, I7, I8: what clients saw of one generation's log is one log. */
export function checkLog(generation: Generation, rollbacks: Rollbacks, report: Report): void {
  const { id, views } = generation
  for (const view of views) {
    checkView(generation, view, report)
    checkWords(generation, view, report)
  }
  checkSameText(generation, report)
  checkTerminals(generation, rollbacks, report)
  checkReplays(generation, rollbacks, report)
  for (const view of views)
    if (view.end === 'clean')
      report('I1', id, `a clean end without a terminal event, after ${lastId(view)}`, 'lost')
}

/** I2, I3, I7: ids go up without a gap, from the cursor on, and nothing follows the end. */
function checkView({ id }: Generation, view: View, report: Report): void {
  const ids = view.events.map(([event]) => event).filter((event) => event !== null)
  if (ids.length === 0) return
  let before = view.after === null ? null : placeOf(view.after)
  for (const event of ids) {
    const place = placeOf(event)
    if (place === null) report('I2', id, `'${event}' is no place in a log`)
    else {
      if (before && place.epoch < before.epoch)
        report('I7', id, `${event} came after epoch ${String(before.epoch)}`)
      else if (!follows(before, place))
        report(
          before === null || event !== ids[0] ? 'I2' : 'I3',
          id,
          `${event} came after ${before ? `${String(before.epoch)}-${String(before.seq)}` : 'the start'} (${view.via})`,
          compare(before, place),
        )
      before = place
    }
  }
}

/** I3, I4, I8: the words are this call's, each once and in order, from the cursor on; a completed answer has them all. */
function checkWords(generation: Generation, view: View, report: Report): void {
  const { id, call, words } = generation
  if (call === null) return
  let next = view.after === null ? 0 : wordsUpTo(generation, view.after)
  const all = view.events.flatMap(([event, text]) =>
    text.split(' ').flatMap((word) => (word === '' ? [] : [{ event, word }])),
  )
  for (const { event, word } of all) {
    const at = word.lastIndexOf('.')
    const [owner, index] = [word.slice(0, at), Number(word.slice(at + 1))]
    if (owner !== call) {
      report('I8', id, `a word of another call, ${word}, at ${String(event)}`, 'mix')
      return
    }
    if (next !== null && index !== next) {
      report(
        index < next ? 'I3' : 'I4',
        id,
        `word ${String(index)} instead of ${String(next)} at ${String(event)} (${view.via} after ${String(view.after)})`,
        index < next ? 'duplicate' : 'gap',
      )
      return
    }
    next = index + 1
  }
  if (view.terminal === 'completed' && words !== null && next !== null && next !== words)
    report(
      'I4',
      id,
      `completed with ${String(next)} of ${String(words)} words (${view.via} after ${String(view.after)})`,
      next < words ? 'gap' : 'duplicate',
    )
}

/** How many words lie before and at a cursor, by any view that saw it; null when none did. */
function wordsUpTo({ views }: Generation, cursor: string): number | null {
  for (const view of views) {
    const at = view.events.findIndex(([event]) => event === cursor)
    if (at < 0) continue
    const word = view.events.slice(0, at + 1).findLast(([, text]) => text !== '')
    if (word) return Number(word[1].slice(word[1].lastIndexOf('.') + 1)) + 1
    if (view.after === null) return 0
    if (view.after !== cursor) return wordsUpTo({ views } as Generation, view.after)
  }
  return null
}

/** I4: one place has one text, whoever reads it. */
function checkSameText({ id, views }: Generation, report: Report): void {
  const texts = new Map<string, string>()
  for (const view of views)
    for (const [event, text] of view.events) {
      if (event === null) continue
      const known = texts.get(event)
      if (known !== undefined && known !== text) {
        report('I4', id, `${event} was '${known}' and is '${text}'`, 'mix')
        return
      }
      texts.set(event, text)
    }
}

/** I1: every view that saw an end saw the same, in the same place; so does the bill. */
function checkTerminals(
  { id, views, bill }: Generation,
  rollbacks: Rollbacks,
  report: Report,
): void {
  const ended = views.filter((view) => view.end === 'terminal')
  const [first] = ended
  if (!first) return
  for (const view of ended) {
    if (view.terminal !== first.terminal && !rollbacks(first.t, view.t))
      report(
        'I1',
        id,
        `ended '${String(first.terminal)}' for one reader and '${String(view.terminal)}' for another`,
      )
  }
  const last = ended.toSorted((a, b) => a.t - b.t).at(-1) ?? first
  const state = stateOf(last.terminal ?? '')
  if (bill && bill.state !== state)
    report('I1', id, `readers saw '${String(last.terminal)}', the ledger says '${bill.state}'`)
}

/** I2: what a client has seen is in every later reading of the whole log, unless a store was killed in between. */
function checkReplays({ id, views }: Generation, rollbacks: Rollbacks, report: Report): void {
  const replay = views.findLast(
    (view) => view.after === null && view.end === 'terminal' && view.events[0]?.[0] != null,
  )
  if (!replay) return
  const shown = new Set(replay.events.map(([event]) => event))
  for (const view of views) {
    if (view.t > replay.started_at) continue
    const missing = view.events.find(([event]) => event !== null && !shown.has(event))
    if (missing && !rollbacks(view.started_at, replay.t))
      report(
        'I2',
        id,
        `${String(missing[0])} was shown, and is not in the log that was read later`,
        'gap',
      )
  }
}

function compare(before: Place | null, place: Place): Harm {
  if (before === null) return 'gap'
  const order = place.epoch - before.epoch || place.seq - before.seq
  return order > 0 ? 'gap' : 'duplicate'
}

function lastId(view: View): string {
  return view.events.at(-1)?.[0] ?? view.after ?? 'the start'
}
