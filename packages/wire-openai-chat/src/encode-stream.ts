import type { Usage } from '@sluice/contracts/usage'
import type { Finish, FinishReason, PartEncoder, StreamPart } from '@sluice/wire/canonical-reply'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeReasoningDetail, signed } from './encode-messages.ts'
import { encodeUsage } from './encode-usage.ts'

export function createPartEncoder(edits: ReplyEdits): PartEncoder {
  return new OpenAiChatEncoder(edits)
}

/** Every answer's chunks as its pieces come, then the ends of all, usage when it was asked for, `[DONE]`. */
class OpenAiChatEncoder implements PartEncoder {
  /** Start of every chunk, up to its choices. */
  readonly #head: string
  readonly #includeUsage: boolean
  readonly #choices: WrittenChoice[] = []

  constructor({ requestId, created, model, includeUsage }: ReplyEdits) {
    const named = { id: `chatcmpl-${requestId}`, object: 'chat.completion.chunk', created, model }
    this.#head = JSON.stringify(named).slice(0, -1)
    this.#includeUsage = includeUsage
  }

  encode(parts: readonly StreamPart[]): string[] {
    const chunks: string[] = []
    for (const part of parts) this.#choice(part.choice ?? 0).add(part, chunks)
    return chunks
  }

  end(finish: Finish, usage: Usage | null, others: readonly Finish[] = []): string[] {
    const chunks: string[] = []
    for (const [index, { reason }] of [finish, ...others].entries())
      this.#choice(index).end(reason, chunks)
    if (this.#includeUsage && usage) {
      chunks.push(`${this.#head},"choices":[],"usage":${JSON.stringify(encodeUsage(usage))}}`)
    }
    chunks.push('[DONE]')
    return chunks
  }

  #choice(index: number): WrittenChoice {
    return (this.#choices[index] ??= new WrittenChoice(this.#head, index))
  }
}

/**
 * One answer, in the order that clients rely on: the role, content and calls as they come, the finish reason. A call's first delta names it, the
 * later ones carry arguments only; a call without any gets `{}` (T04).
 */
class WrittenChoice {
  /** Start of each of its chunks, up to the delta. */
  readonly #head: string
  #started = false
  /** By index of the call, whether it got arguments. */
  readonly #argued: boolean[] = []
  #details = 0

  constructor(head: string, index: number) {
    this.#head = `${head},"choices":[{"index":${String(index)},"delta":`
  }

  add(part: StreamPart, chunks: string[]): void {
    const delta = this.#deltaOf(part)
    if (delta === null) return
    this.#start(chunks)
    chunks.push(this.#chunk(delta, 'null'))
  }

  end(reason: FinishReason, chunks: string[]): void {
    this.#start(chunks)
    for (const [index, argued] of this.#argued.entries()) {
      if (!argued) chunks.push(this.#chunk(argumentsDelta(index, '{}'), 'null'))
    }
    chunks.push(this.#chunk('{}', `"${reason}"`))
  }

  #start(chunks: string[]): void {
    if (this.#started) return
    this.#started = true
    chunks.push(this.#chunk('{"role":"assistant","content":""}', 'null'))
  }

  #deltaOf(part: StreamPart): string | null {
    switch (part.type) {
      case 'text':
        return `{"content":${JSON.stringify(part.text)}}`
      case 'refusal':
        return `{"refusal":${JSON.stringify(part.text)}}`
      case 'reasoning':
        return `{"reasoning_content":${JSON.stringify(part.text)}}`
      case 'reasoning-signature': {
        const { type: _, choice: __, ...opaque } = part
        const detail = encodeReasoningDetail({ text: '', ...opaque }, this.#details++)
        return JSON.stringify({ reasoning_details: [detail] })
      }
      case 'tool-call': {
        const { index, id, name, signature } = part
        this.#argued[index] = false
        const call = {
          index,
          id,
          type: 'function',
          function: { name, arguments: '' },
          ...(signature === undefined ? {} : signed(signature)),
        }
        return JSON.stringify({ tool_calls: [call] })
      }
      case 'tool-arguments':
        if (part.text === '') return null
        this.#argued[part.index] = true
        return argumentsDelta(part.index, part.text)
      case 'usage':
        return null
    }
  }

  #chunk(delta: string, finish: string): string {
    return `${this.#head}${delta},"logprobs":null,"finish_reason":${finish}}]}`
  }
}

function argumentsDelta(index: number, text: string): string {
  return `{"tool_calls":[{"index":${String(index)},"function":{"arguments":${JSON.stringify(text)}}}]}`
}
