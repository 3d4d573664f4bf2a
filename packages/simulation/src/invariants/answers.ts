import { type Check, type Story, textOf, ticksIn } from './evidence.ts'

/** I4: what a log holds is what one provider call said, from its start on; all of it where the generation completed. */
export const checkAnswers: Check = function* ({ stories }) {
  for (const story of stories.values()) {
    yield* oneCall(story)
    if (story.summary?.state === 'completed') yield* isWhole(story)
  }
}

function* oneCall({ id, entries, calls, summary }: Story): Iterable<string> {
  const ticks = ticksIn(textOf(entries))
  if (ticks.length === 0) return
  const source = calls.find(({ answer }) => answer.ticks[0] === ticks[0])
  if (source === undefined) {
    yield `I4: ${id} begins with ${String(ticks[0])}, which no call for it began with`
    return
  }
  const expected = source.answer.ticks.slice(0, ticks.length)
  if (ticks.join('') !== expected.join('') || ticks.length > source.answer.ticks.length)
    yield `I4: ${id} holds ${ticks.join('')} where call ${String(source.number)} said ${source.answer.ticks.join('')}`
  else if (summary?.state === 'completed' && ticks.length < source.answer.ticks.length)
    yield `I4: ${id} completed with ${String(ticks.length)} of ${String(source.answer.ticks.length)} ticks`
}

function* isWhole({ id, entries, accepted }: Story): Iterable<string> {
  if (ticksIn(textOf(entries)).length === 0) yield `I4: ${id} completed with nothing`
  if (!accepted.admission.request.stream) return
  const earlier = entries.filter(({ end }) => end === null)
  if (textOf(earlier).includes('"finish_reason":"stop"'))
    yield `I4: ${id} shows its finish reason before its terminal entry`
  const last = textOf(entries.slice(-1))
  if (!last.includes('"finish_reason":"stop"')) yield `I4: ${id} completed without a finish reason`
  if (!last.endsWith('[DONE]')) yield `I4: ${id} completed without its end marker`
}
