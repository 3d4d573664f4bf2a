import type {
  CanonicalReply,
  Choice,
  Finish,
  PartDecoder,
  PartsEnd,
  StreamPart,
} from './canonical-reply.ts'
import type { AssistantPart } from './canonical-request.ts'
import type { ReplyHints } from './wire-format.ts'

/** An answer as if the request had been sent as the caller wrote it. */
export function restoreReply(reply: CanonicalReply, hints: ReplyHints): CanonicalReply {
  const { others } = reply
  return {
    ...reply,
    ...restoreChoice(reply, hints),
    ...(others ? { others: others.map((choice) => restoreChoice(choice, hints)) } : {}),
  }
}

function restoreChoice({ content, finish }: Choice, hints: ReplyHints): Choice {
  const restored = content.map((part) => restorePart(part, hints))
  const called = restored.some(({ type }) => type === 'tool-call')
  return { content: restored, finish: restoreFinish(finish, called) }
}

function restorePart(part: AssistantPart, { schemaTool, toolNames }: ReplyHints): AssistantPart {
  if (part.type !== 'tool-call') return part
  if (part.name === schemaTool) return { type: 'text', text: part.arguments }
  const name = toolNames?.get(part.name)
  return name === undefined ? part : { ...part, name }
}

/** Without a call of the caller's own tools the turn is over. */
function restoreFinish(finish: Finish, called: boolean): Finish {
  return finish.reason === 'tool_calls' && !called ? { ...finish, reason: 'stop' } : finish
}

/** The same for a stream. Calls keep their order; the schema tool's leaves no gap in their indexes. */
export class RestoringDecoder implements PartDecoder {
  readonly #decoder: PartDecoder
  readonly #hints: ReplyHints
  readonly #choices: RestoredChoice[] = []

  constructor(decoder: PartDecoder, hints: ReplyHints) {
    this.#decoder = decoder
    this.#hints = hints
  }

  get done(): boolean {
    return this.#decoder.done
  }

  push(chunk: Buffer): readonly StreamPart[] {
    return this.#restore(this.#decoder.push(chunk))
  }

  end(): PartsEnd {
    const end = this.#decoder.end()
    if (!end.ok) return end
    const parts = this.#restore(end.parts)
    const finishOf = (finish: Finish, choice: number) =>
      restoreFinish(finish, this.#choice(choice).called)
    const others = end.others?.map((finish, position) => finishOf(finish, position + 1))
    return { ...end, parts, finish: finishOf(end.finish, 0), ...(others ? { others } : {}) }
  }

  #choice(number: number): RestoredChoice {
    return (this.#choices[number] ??= { schemaIndex: null, called: false })
  }

  #restore(parts: readonly StreamPart[]): StreamPart[] {
    return parts.flatMap((part): readonly StreamPart[] => {
      if (part.type !== 'tool-call' && part.type !== 'tool-arguments') return [part]
      const choice = this.#choice(part.choice ?? 0)
      if (part.type === 'tool-call') {
        if (part.name === this.#hints.schemaTool && choice.schemaIndex === null) {
          choice.schemaIndex = part.index
          return []
        }
        choice.called = true
        const name = this.#hints.toolNames?.get(part.name) ?? part.name
        return [{ ...part, name, index: restoredIndex(part.index, choice) }]
      }
      if (part.index !== choice.schemaIndex)
        return [{ ...part, index: restoredIndex(part.index, choice) }]
      const { index: _, ...rest } = part
      return [{ ...rest, type: 'text' }]
    })
  }
}

interface RestoredChoice {
  schemaIndex: number | null
  called: boolean
}

function restoredIndex(index: number, { schemaIndex }: RestoredChoice): number {
  return schemaIndex !== null && index > schemaIndex ? index - 1 : index
}
