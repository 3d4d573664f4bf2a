import type { Usage } from '@sluice/contracts/usage'
import type { Finish, PartEncoder, StreamPart } from '@sluice/wire/canonical-reply'
import { isOfAnother } from '@sluice/wire/stream-parts'
import type { ReplyEdits } from '@sluice/wire/wire-format'
import { encodeUsage } from './encode-usage.ts'
import { encodeFinish } from './finish-reason.ts'
import { encodeForeign, ownWire } from './foreign-reasoning.ts'
import { JsonProgress } from './json-progress.ts'
import { messageHead } from './message-head.ts'

export function createPartEncoder(edits: ReplyEdits): PartEncoder {
  return new AnthropicEncoder(edits)
}

type Kind = 'text' | 'thinking' | 'tool_use'

/** A block of the answer. The first of those that have not been closed is written as it comes, the others wait. */
interface Block {
  readonly kind: Kind
  /** The `content_block` it begins with. */
  readonly start: string
  /** Deltas that wait for the block's turn; null once it is open. */
  waiting: string[] | null
  /** Index of the call; -1 for other blocks. */
  readonly call: number
  /** Of a call's arguments. */
  readonly progress: JsonProgress | null
  /** Of thoughts: their signature has come, or they need none. */
  signed: boolean
  /** Nothing more can come. */
  complete: boolean
}

/**
 * Events in the order and the shape of Anthropic's own: one block is open at a time, has one start and one stop, and their indexes rise (T01,
 * T02, T05). A call whose arguments are not complete stays open while others begin, and those wait for it.
 */
class AnthropicEncoder implements PartEncoder {
  readonly #edits: ReplyEdits
  /** The open block and those that wait. */
  readonly #blocks: Block[] = []
  #out: string[] = []
  #started = false
  /** Of the open block. */
  #index = 0
  #usage: Usage | null = null
  #called = false

  constructor(edits: ReplyEdits) {
    this.#edits = edits
  }

  encode(parts: readonly StreamPart[]): string[] {
    this.#out = []
    for (const part of parts) if (!isOfAnother(part)) this.#add(part)
    return this.#out
  }

  end(finish: Finish, usage: Usage | null): string[] {
    this.#out = []
    this.#usage = usage ?? this.#usage
    this.#start()
    for (const block of this.#blocks) block.complete = true
    this.#advance()
    const delta = JSON.stringify(encodeFinish(finish, this.#called))
    const counts = JSON.stringify(encodeUsage(this.#usage))
    this.#out.push(`{"type":"message_delta","delta":${delta},"usage":${counts}}`)
    this.#out.push('{"type":"message_stop"}')
    return this.#out
  }

  #add(part: StreamPart): void {
    switch (part.type) {
      case 'usage':
        this.#usage = part.usage
        return
      case 'text':
      case 'refusal':
        if (part.text !== '') this.#addText('text', 'text_delta', 'text', part.text)
        return
      case 'reasoning':
        if (part.text !== '') this.#addText('thinking', 'thinking_delta', 'thinking', part.text)
        return
      case 'reasoning-signature':
        this.#sign(part)
        return
      case 'tool-call': {
        const { index, id, name, signature } = part
        const opaque = signature === undefined ? {} : { signature: encodeForeign({ signature }) }
        const start = JSON.stringify({ type: 'tool_use', id, name, input: {}, ...opaque })
        this.#called = true
        this.#begin('tool_use', start, index)
        this.#advance()
        return
      }
      case 'tool-arguments':
        this.#addArguments(part.index, part.text)
    }
  }

  #addText(kind: Kind, type: string, member: string, text: string): void {
    const last = this.#blocks.at(-1)
    const block = last?.kind === kind && !last.complete ? last : this.#begin(kind, starts[kind])
    this.#advance()
    this.#write(block, `{"type":"${type}","${member}":${JSON.stringify(text)}}`)
  }

  /** A signature of another vendor travels in the same place, marked as such (T24). */
  #sign(opaque: Extract<StreamPart, { type: 'reasoning-signature' }>): void {
    const isOwn = opaque.origin === ownWire
    if (isOwn && opaque.redacted !== undefined) {
      const start = { type: 'redacted_thinking', data: opaque.redacted }
      const block = this.#begin('thinking', JSON.stringify(start))
      block.signed = true
      block.complete = true
      this.#advance()
      return
    }
    const last = this.#blocks.at(-1)
    const isOpen = last?.kind === 'thinking' && !last.complete
    const block = isOpen ? last : this.#begin('thinking', starts.thinking)
    const signature = isOwn ? (opaque.signature ?? '') : encodeForeign(opaque)
    this.#advance()
    this.#write(block, signatureDelta(signature))
    block.signed = true
    block.complete = true
    this.#advance()
  }

  #addArguments(index: number, text: string): void {
    const block = this.#blocks.find(({ call }) => call === index)
    if (!block || text === '') return
    block.progress?.add(text)
    this.#write(block, `{"type":"input_json_delta","partial_json":${JSON.stringify(text)}}`)
    this.#advance()
  }

  /** What came before is complete, but for calls, whose arguments may still come. */
  #begin(kind: Kind, start: string, call = -1): Block {
    for (const block of this.#blocks) block.complete ||= block.progress?.complete ?? true
    const progress = kind === 'tool_use' ? new JsonProgress() : null
    const block: Block = {
      kind,
      start,
      waiting: [],
      call,
      progress,
      signed: false,
      complete: false,
    }
    this.#blocks.push(block)
    return block
  }

  /** Opens the first block, and closes what is complete. */
  #advance(): void {
    this.#start()
    for (let block = this.#blocks[0]; block; block = this.#blocks[0]) {
      this.#open(block)
      if (block.progress?.complete === true && this.#blocks.length > 1) block.complete = true
      if (!block.complete) return
      // Thoughts that nobody signed are marked, so that Anthropic is never given them as its own.
      if (block.kind === 'thinking' && !block.signed) {
        this.#write(block, signatureDelta(encodeForeign({})))
      }
      this.#out.push(`{"type":"content_block_stop","index":${String(this.#index)}}`)
      this.#index += 1
      this.#blocks.shift()
    }
  }

  #open(block: Block): void {
    if (block.waiting === null) return
    const { waiting } = block
    block.waiting = null
    this.#out.push(
      `{"type":"content_block_start","index":${String(this.#index)},"content_block":${block.start}}`,
    )
    for (const delta of waiting) this.#write(block, delta)
  }

  #write(block: Block, delta: string): void {
    if (block.waiting) block.waiting.push(delta)
    else {
      this.#out.push(
        `{"type":"content_block_delta","index":${String(this.#index)},"delta":${delta}}`,
      )
    }
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    const message = {
      ...messageHead(this.#edits),
      content: [],
      stop_reason: null,
      stop_sequence: null,
    }
    const usage = encodeUsage(this.#usage)
    this.#out.push(JSON.stringify({ type: 'message_start', message: { ...message, usage } }))
  }
}

const starts = {
  text: '{"type":"text","text":""}',
  thinking: '{"type":"thinking","thinking":"","signature":""}',
  tool_use: '',
} as const

function signatureDelta(signature: string): string {
  return `{"type":"signature_delta","signature":${JSON.stringify(signature)}}`
}
