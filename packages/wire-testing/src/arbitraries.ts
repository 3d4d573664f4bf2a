import type { AssistantPart } from '@sluice/wire/canonical-request'
import type { FinishReason, StreamPart } from '@sluice/wire/canonical-reply'
import fc from 'fast-check'

const text = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/)
const argumentsText = fc
  .dictionary(name, fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean()), {
    maxKeys: 3,
  })
  .map((value) => JSON.stringify({ ...value }))

/** Thoughts, then text, then calls: the order in which every wire can say them. */
export const anyAnswer: fc.Arbitrary<AssistantPart[]> = fc
  .tuple(
    fc.option(text, { nil: null }),
    fc.option(text, { nil: null }),
    fc.uniqueArray(fc.tuple(name, argumentsText), { maxLength: 3, selector: ([each]) => each }),
  )
  .map(([thoughts, said, calls]): AssistantPart[] => [
    ...(thoughts === null ? [] : [{ type: 'reasoning' as const, text: thoughts }]),
    ...(said === null ? [] : [{ type: 'text' as const, text: said }]),
    ...calls.map(([called, value], i) => ({
      type: 'tool-call' as const,
      id: `call_${String(i)}x`,
      name: called,
      arguments: value,
    })),
  ])
  .filter((content) => content.some(({ type }) => type !== 'reasoning'))

/** Texts and arguments in smaller pieces, in the same order. */
export function inPieces(parts: readonly StreamPart[], size: number): StreamPart[] {
  return parts.flatMap((part): StreamPart[] => {
    if (part.type !== 'text' && part.type !== 'tool-arguments' && part.type !== 'reasoning') {
      return [part]
    }
    // By code point: half a character is no text.
    const characters = Array.from(part.text)
    const pieces: StreamPart[] = []
    for (let at = 0; at < characters.length; at += size) {
      pieces.push({ ...part, text: characters.slice(at, at + size).join('') })
    }
    return pieces
  })
}

export function finishOf(content: readonly AssistantPart[]): FinishReason {
  return content.some(({ type }) => type === 'tool-call') ? 'tool_calls' : 'stop'
}
