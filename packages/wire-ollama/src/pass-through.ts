import { isObject, type JsonObject } from '@sluice/wire/json'
import type { ReplyEdits, StreamDecoder, StreamEnd } from '@sluice/wire/wire-format'
import { decodeUsage } from './decode-usage.ts'
import { decodeFinish } from './finish-reason.ts'
import { StreamLines } from './stream-lines.ts'
import { decodeToolCalls } from './tools.ts'

export function createPassThrough(edits: ReplyEdits): StreamDecoder {
  return new OllamaPassThrough(edits)
}

/** The provider's lines with the caller's model name in them; the last one is held back. */
class OllamaPassThrough implements StreamDecoder {
  outputCharacters = 0
  readonly #edits: ReplyEdits
  readonly #lines: StreamLines
  #out: string[] = []
  #called = false

  constructor(edits: ReplyEdits) {
    this.#edits = edits
    this.#lines = new StreamLines(edits.maxEventBytes, (line) => {
      this.#onLine(line)
    })
  }

  get done(): boolean {
    return this.#lines.done
  }

  push(chunk: Buffer): readonly string[] {
    this.#out = []
    this.#lines.push(chunk)
    return this.#out
  }

  end(): StreamEnd {
    this.#out = []
    const { last, failure } = this.#lines.end()
    if (failure) return { ok: false, error: failure, usage: null }
    return {
      ok: true,
      events: [...this.#out, this.#renamed(last)],
      finishReason: decodeFinish(last['done_reason'], this.#called).reason,
      usage: decodeUsage(last),
    }
  }

  #onLine(line: JsonObject): void {
    this.#count(line['message'])
    if (line['done'] !== true) this.#out.push(this.#renamed(line))
  }

  #renamed(line: JsonObject): string {
    return JSON.stringify({ ...line, model: this.#edits.model })
  }

  #count(message: unknown): void {
    if (!isObject(message)) return
    const { content, thinking, tool_calls: calls } = message
    for (const text of [content, thinking]) {
      if (typeof text === 'string') this.outputCharacters += text.length
    }
    for (const call of decodeToolCalls(calls, () => 'any')) {
      this.#called = true
      this.outputCharacters += call.name.length + call.arguments.length
    }
  }
}
