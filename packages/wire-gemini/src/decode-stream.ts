import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { generationError, wireErrors } from '@sluice/wire/errors'
import { type JsonObject, stringOrNull } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeAnswer } from './decode-contents.ts'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { listMember, member, objectMember } from './member.ts'
import { PartialCall } from './partial-call.ts'
import { StreamEvents } from './stream-events.ts'

interface CallHead {
  readonly id: string
  readonly name: string
  readonly signature?: string | undefined
}

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new GeminiDecoder(options)
}

class GeminiDecoder implements PartDecoder {
  readonly #events: StreamEvents
  readonly #ids: ReturnType<typeof createCallIds>
  #out: StreamPart[] = []
  #calls = 0
  #counted = false
  /** The call whose arguments are coming in pieces. */
  #open: PartialCall | null = null

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#ids = createCallIds(requestId)
    this.#events = new StreamEvents(maxEventBytes, ({ parts, usage, finish }) => {
      if (!this.#counted && finish === null) this.#tellInput(usage)
      for (const part of parts) this.#onPart(part)
    })
  }

  /** Only a failure is an end that can be known before the source closes. */
  get done(): boolean {
    return this.#events.failure !== null
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    this.#events.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    this.#out = []
    const { finish, failure } = this.#events.end()
    // A call may never be closed (T08).
    if (!failure) this.#close(finish === 'MAX_TOKENS')
    const usage = decodeUsage(this.#events.usage)
    const error = failure ?? this.#events.failure
    if (error) return { ok: false, error, usage }
    return {
      ok: true,
      parts: this.#out,
      finish: decodeFinish(finish ?? '', this.#calls > 0),
      usage,
    }
  }

  /** Some dialects say the input before the answer; of the output nothing is known yet. */
  #tellInput(reported: JsonObject | null): void {
    const usage = decodeUsage(reported)
    if (!usage) return
    this.#counted = true
    this.#out.push({ type: 'usage', usage: { ...usage, output_tokens: 0, reasoning_tokens: 0 } })
  }

  #onPart(part: JsonObject): void {
    const call = objectMember(part, 'functionCall')
    if (call && this.#onPiece(call, part)) return
    // Other parts may stand between the pieces of a call; a whole call may not.
    if (call) this.#close(false)
    for (const decoded of decodeAnswer(part, { callId: (given) => this.#ids.next(given) })) {
      switch (decoded.type) {
        case 'text':
        case 'refusal':
          this.#out.push({ type: 'text', text: decoded.text })
          break
        case 'reasoning': {
          const { text, signature } = decoded
          if (text !== '') this.#out.push({ type: 'reasoning', text })
          if (signature !== undefined) {
            this.#out.push({ type: 'reasoning-signature', signature, origin: 'gemini' })
          }
          break
        }
        case 'tool-call': {
          this.#emit(decoded, decoded.arguments)
        }
      }
    }
  }

  /** True for a part that begins, continues or closes a call whose arguments come in pieces. */
  #onPiece(call: JsonObject, part: JsonObject): boolean {
    const name = stringOrNull(call['name'])
    const goesOn = member(call, 'willContinue')
    const hasPieces = listMember(call, 'partialArgs').length > 0
    if (name !== null) {
      if (goesOn !== true && !hasPieces) return false
      this.#close(false)
      const signature = stringOrNull(member(part, 'thoughtSignature'))
      this.#open = new PartialCall(name, stringOrNull(call['id']), signature)
    } else if (!this.#open) return true
    this.#open.signature ??= stringOrNull(member(part, 'thoughtSignature'))
    this.#open.read(call)
    if (goesOn === false || (name === null && goesOn !== true && !hasPieces)) this.#close(false)
    return true
  }

  #close(isCutByLimit: boolean): void {
    const call = this.#open
    this.#open = null
    if (!call) return
    if (!call.isComplete && !isCutByLimit) {
      const text = 'The provider ended a tool call before its arguments were complete'
      this.#events.fail(generationError(wireErrors.upstream_error, text))
      return
    }
    const { name, signature } = call
    const head = { id: this.#ids.next(call.id), name, signature: signature ?? undefined }
    this.#emit(head, call.argumentsText())
  }

  #emit({ id, name, signature }: CallHead, text: string): void {
    const index = this.#calls++
    const signed = signature === undefined ? {} : { signature }
    this.#out.push({ type: 'tool-call', index, id, name, ...signed })
    this.#out.push({ type: 'tool-arguments', index, text })
  }
}
