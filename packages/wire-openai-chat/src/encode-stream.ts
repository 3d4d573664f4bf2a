import type { Usage } from '@sluice/contracts/usage'
import type { Finish, PartEncoder, StreamPart } from '@sluice/wire/canonical-reply'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeReasoningDetail, signed } from './encode-messages.ts'
import { encodeUsage } from './encode-usage.ts'

export function createPartEncoder(edits: ReplyEdits): PartEncoder {
  return new OpenAiChatEncoder(edits)
}

/**
 * Chunks in the order that clients rely on: the role, content and calls as they come, the finish reason, usage when it was asked for, `[DONE]`.
 * A call's first delta names it, the later ones carry arguments only; a call without any gets `{}` (T04).
 */
class OpenAiChatEncoder implements PartEncoder {
  /** Start of every chunk, up to its choices. */
  readonly #head: string
  readonly #includeUsage: boolean
  #started = false
  /** By index of the call, whether it got arguments. */
  readonly #argued: boolean[] = []
  #details = 0

  constructor({ requestId, created, model, includeUsage }: ReplyEdits) {
    const named = { id: `chatcmpl-${requestId}`, object: 'chat.completion.chunk', created, model }
    this.#head = JSON.stringify(named).slice(0, -1)
    this.#includeUsage = includeUsage
  }

  encode(parts: readonly StreamPart[]): string[] {
    const chunks: string[] = []
    for (const part of parts) {
      const delta = this.#deltaOf(part)
      if (delta === null) continue
      this.#start(chunks)
      chunks.push(this.#chunk(delta, 'null'))
    }
    return chunks
  }

  end({ reason }: Finish, usage: Usage | null): string[] {
    const chunks: string[] = []
    this.#start(chunks)
    for (const [index, argued] of this.#argued.entries()) {
      if (!argued) chunks.push(this.#chunk(argumentsDelta(index, '{}'), 'null'))
    }
    chunks.push(this.#chunk('{}', `"${reason}"`))
    if (this.#includeUsage && usage) {
      chunks.push(`${this.#head},"choices":[],"usage":${JSON.stringify(encodeUsage(usage))}}`)
    }
    chunks.push('[DONE]')
    return chunks
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
        const { type: _, ...opaque } = part
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
    return `${this.#head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}]}`
  }
}

function argumentsDelta(index: number, text: string): string {
  return `{"tool_calls":[{"index":${String(index)},"function":{"arguments":${JSON.stringify(text)}}}]}`
}
