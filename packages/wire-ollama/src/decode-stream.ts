import type { PartDecoder, PartsEnd, StreamPart } from '@sluice/wire/canonical-reply'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { createCallIds } from '@sluice/wire/tool-identity'
import type { DecoderOptions } from '@sluice/wire/wire-format'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { StreamLines } from './stream-lines.ts'
import { decodeToolCalls } from './tools.ts'

export function createPartDecoder(options: DecoderOptions): PartDecoder {
  return new OllamaDecoder(options)
}

/** Calls come whole, each in one line. */
class OllamaDecoder implements PartDecoder {
  readonly #lines: StreamLines
  readonly #ids: ReturnType<typeof createCallIds>
  #out: StreamPart[] = []
  #calls = 0

  constructor({ requestId, maxEventBytes }: DecoderOptions) {
    this.#ids = createCallIds(requestId)
    this.#lines = new StreamLines(maxEventBytes, ({ message }) => {
      if (isObject(message)) this.#onMessage(message)
    })
  }

  get done(): boolean {
    return this.#lines.done
  }

  push(chunk: Buffer): readonly StreamPart[] {
    this.#out = []
    this.#lines.push(chunk)
    return this.#out
  }

  end(): PartsEnd {
    this.#out = []
    const { last, failure } = this.#lines.end()
    if (failure) return { ok: false, error: failure, usage: null }
    const finish = decodeFinish(last['done_reason'], this.#calls > 0)
    return { ok: true, parts: this.#out, finish, usage: decodeUsage(last) }
  }

  #onMessage({ content, thinking, tool_calls: calls }: JsonObject): void {
    if (typeof thinking === 'string' && thinking !== '') {
      this.#out.push({ type: 'reasoning', text: thinking })
    }
    if (typeof content === 'string' && content !== '')
      this.#out.push({ type: 'text', text: content })
    for (const call of decodeToolCalls(calls, (given) => this.#ids.next(given))) {
      const index = this.#calls++
      this.#out.push({ type: 'tool-call', index, id: call.id, name: call.name })
      this.#out.push({ type: 'tool-arguments', index, text: call.arguments })
    }
  }
}
