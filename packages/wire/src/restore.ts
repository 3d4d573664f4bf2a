import type {
  CanonicalReply,
  Finish,
  PartDecoder,
  PartsEnd,
  StreamPart,
} from './canonical-reply.ts'
import type { AssistantPart } from './canonical-request.ts'
import type { ReplyHints } from './wire-format.ts'

/** An answer as if the request had been sent as the caller wrote it. */
export function restoreReply(reply: CanonicalReply, hints: ReplyHints): CanonicalReply {
  const content = reply.content.map((part) => restorePart(part, hints))
  return { ...reply, content, finish: restoreFinish(reply.finish, content) }
}

function restorePart(part: AssistantPart, { schemaTool, toolNames }: ReplyHints): AssistantPart {
  if (part.type !== 'tool-call') return part
  if (part.name === schemaTool) return { type: 'text', text: part.arguments }
  const name = toolNames?.get(part.name)
  return name === undefined ? part : { ...part, name }
}

/** Without a call of the caller's own tools the turn is over. */
function restoreFinish(finish: Finish, content: readonly { readonly type: string }[]): Finish {
  if (finish.reason !== 'tool_calls' || content.some(({ type }) => type === 'tool-call'))
    return finish
  return { ...finish, reason: 'stop' }
}

/** The same for a stream. Calls keep their order; the schema tool's leaves no gap in their indexes. */
export class RestoringDecoder implements PartDecoder {
  readonly #decoder: PartDecoder
  readonly #hints: ReplyHints
  #schemaIndex: number | null = null
  #called = false

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
    const isOver = end.finish.reason === 'tool_calls' && !this.#called
    return { ...end, parts, finish: isOver ? { ...end.finish, reason: 'stop' } : end.finish }
  }

  #restore(parts: readonly StreamPart[]): StreamPart[] {
    return parts.flatMap((part): readonly StreamPart[] => {
      if (part.type === 'tool-call') {
        if (part.name === this.#hints.schemaTool && this.#schemaIndex === null) {
          this.#schemaIndex = part.index
          return []
        }
        this.#called = true
        const name = this.#hints.toolNames?.get(part.name) ?? part.name
        return [{ ...part, name, index: this.#indexOf(part.index) }]
      }
      if (part.type !== 'tool-arguments') return [part]
      if (part.index === this.#schemaIndex) return [{ type: 'text', text: part.text }]
      return [{ ...part, index: this.#indexOf(part.index) }]
    })
  }

  #indexOf(index: number): number {
    return this.#schemaIndex !== null && index > this.#schemaIndex ? index - 1 : index
  }
}
