import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Usage } from '@sluice/contracts/usage'
import { GatewayError } from '@sluice/kernel/errors'
import type {
  Finish,
  FinishReason,
  PartDecoder,
  PartsEnd,
  StreamPart,
} from '@sluice/wire/canonical-reply'
import type { AssistantPart, CanonicalRequest } from '@sluice/wire/canonical-request'
import { wireErrors } from '@sluice/wire/errors'
import { asStreamParts, collectParts } from '@sluice/wire/stream-parts'
import type { ReplyEdits, TargetEdits, WireFormat } from '@sluice/wire/wire-format'
import fc from 'fast-check'
import { anyAnswer, finishOf, inPieces } from './arbitraries.ts'
import { cutAt, framed } from './framed.ts'
import { answers, requests, usage } from './samples.ts'

export interface WireFormatSuite {
  readonly format: WireFormat
  /** What is left of a request that this wire has carried; absent = all of it. */
  readonly requestForm?: (request: CanonicalRequest) => CanonicalRequest
  /** What is left of an answer that this wire has carried (ids it has none of); absent = all of it. */
  readonly answerForm?: (content: readonly AssistantPart[]) => readonly AssistantPart[]
  readonly usageForm?: (usage: Usage) => Usage
  /** Reasons that this wire cannot tell from another one. */
  readonly finishForm?: (reason: FinishReason) => FinishReason
  /** The wire ends its streams by closing: cut after the last payload, they are whole. */
  readonly endsByClosing?: boolean
}

const target: TargetEdits = { upstreamModel: 'fast-2', stream: false, maxTokens: null, traits: {} }
const edits: ReplyEdits = {
  model: 'acme/fast',
  includeUsage: true,
  requestId: '01a1ffac-62d5-734b-ae8d-fd3d4d969312',
  created: 1_790_000_000,
  maxEventBytes: 100_000,
  request: null,
}
const reasons: readonly FinishReason[] = ['stop', 'length', 'tool_calls', 'content_filter']

/** What every wire format must pass. The bytes are its own: recorded exchanges of its vendor belong into the format's own tests. */
export function describeWireFormat({
  format,
  requestForm = (request) => request,
  answerForm = (content) => content,
  usageForm = (counted) => counted,
  finishForm = (reason) => reason,
  endsByClosing = false,
}: WireFormatSuite): void {
  const encoded = (content: readonly AssistantPart[], finish: Finish, size = 5): string[] => {
    const encoder = format.createPartEncoder(edits)
    const payloads = inPieces(asStreamParts(content), size).flatMap((part) =>
      encoder.encode([part]),
    )
    return [...payloads, ...encoder.end(finish, usage)]
  }
  const decode = (pieces: readonly Buffer[]) => decodeAll(format.createPartDecoder(edits), pieces)

  describe(`${format.name}: requests`, () => {
    test.each(Object.entries(requests))('%s goes there and back', (_, request) => {
      const { body } = format.encodeRequest(request, target)
      const expected = requestForm({ ...request, model: target.upstreamModel })
      expect(format.decodeRequest(body)).toEqual(expected)
    })

    test.each(Object.entries(requests))('%s is let through at the edge', (_, request) => {
      const { body } = format.encodeRequest(request, target)
      const summary = format.parseRequest(body)
      expect(summary.needs.includes('tools')).toBe(requestForm(request).tools.length > 0)
    })

    test('passed on, a body is changed in the model alone', () => {
      const { body } = format.encodeRequest(requests['text'] ?? fail(), target)
      const passed = format.passRequest(body, { ...target, upstreamModel: 'other-3' })
      expect(passed.adapted).toEqual([])
      expect(format.decodeRequest(passed.body)).toEqual({
        ...format.decodeRequest(body),
        model: format.decodeRequest(passed.body).model,
      })
    })

    test('garbage is a 400, or is taken for less than it says; nothing else is thrown', () => {
      fc.assert(
        fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
          onlyWireErrors(() => format.parseRequest(Buffer.from(text)))
          onlyWireErrors(() => format.decodeRequest(Buffer.from(text)))
          onlyWireErrors(() => format.passRequest(Buffer.from(text), target))
        }),
      )
    })
  })

  describe(`${format.name}: plain replies`, () => {
    const round = (content: readonly AssistantPart[], finish: Finish) =>
      format.decodeReply(format.encodeReply({ content, finish, usage }, edits), edits)

    test.each(Object.entries(answers))('%s goes there and back', (_, content) => {
      const reason = finishOf(content)
      const reply = round(content, { reason })
      expect(reply.content).toEqual(answerForm(content))
      expect(reply.finish.reason).toBe(reason)
      expect(reply.usage).toEqual(usageForm(usage))
    })

    test.each(reasons)('the finish reason %s', (reason) => {
      const content = answers[reason === 'tool_calls' ? 'a tool call' : 'text'] ?? []
      expect(round(content, { reason }).finish.reason).toBe(finishForm(reason))
    })

    test('any answer goes there and back', () => {
      fc.assert(
        fc.property(anyAnswer, (content) => {
          const reply = round(content, { reason: finishOf(content) })
          expect(reply.content).toEqual(answerForm(content))
        }),
      )
    })

    test('passed on, a reply is named as the caller asked and counted as the provider did', () => {
      const content = answers['text and parallel calls'] ?? []
      const named = { ...edits, model: 'fast-2' }
      const body = format.encodeReply({ content, finish: { reason: 'tool_calls' }, usage }, named)
      const passed = format.passReply(body, edits)
      expect(passed.usage).toEqual(usageForm(usage))
      expect(passed.finishReason).toBe('tool_calls')
      expect(passed.data.toString()).not.toContain('"fast-2"')
      expect(passed.outputCharacters).toBeGreaterThan(0)
    })

    test('garbage is an error of the provider, and nothing else is thrown', () => {
      fc.assert(
        fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
          onlyWireErrors(() => format.decodeReply(Buffer.from(text), edits))
          onlyWireErrors(() => format.passReply(Buffer.from(text), edits))
        }),
      )
      for (const body of ['', '<html><body>Bad Gateway</body></html>', '{', 'null', '[]', '{}']) {
        expect(() => format.decodeReply(Buffer.from(body), edits)).toThrow()
        expect(() => format.passReply(Buffer.from(body), edits)).toThrow()
      }
    })
  })

  describe(`${format.name}: streams`, () => {
    test.each(Object.entries(answers))('%s goes there and back', (_, content) => {
      const reason = finishOf(content)
      const { parts, end } = decode([framed(format, encoded(content, { reason }))])
      expect(collectParts(parts)).toEqual(answerForm(content))
      expect(end).toMatchObject({ ok: true, finish: { reason }, usage: usageForm(usage) })
    })

    test.each(reasons)('the finish reason %s', (reason) => {
      const content = answers[reason === 'tool_calls' ? 'a tool call' : 'text'] ?? []
      const { end } = decode([framed(format, encoded(content, { reason }))])
      expect(end).toMatchObject({ ok: true, finish: { reason: finishForm(reason) } })
    })

    test('T41 any answer, in pieces of any size, cut anywhere: the same parts', () => {
      fc.assert(
        fc.property(
          anyAnswer,
          fc.integer({ min: 1, max: 12 }),
          fc.array(fc.nat(5_000), { maxLength: 30 }),
          (content, size, places) => {
            const bytes = framed(format, encoded(content, { reason: finishOf(content) }, size))
            const { parts, end } = decode(cutAt(bytes, places))
            expect(collectParts(parts)).toEqual(answerForm(content))
            expect(end.ok).toBe(true)
          },
        ),
      )
    })

    test('T41 every byte by itself', () => {
      const content = answers['text and parallel calls'] ?? []
      const bytes = framed(format, encoded(content, { reason: 'tool_calls' }))
      const { parts } = decode([...bytes].map((byte) => Buffer.of(byte)))
      expect(collectParts(parts)).toEqual(answerForm(content))
    })

    test('T01 calls that interleave stay apart', () => {
      const begin = (index: number): StreamPart => ({
        type: 'tool-call',
        index,
        id: `call_${String(index)}x`,
        name: `tool_${String(index)}`,
      })
      const piece = (index: number, text: string): StreamPart => ({
        type: 'tool-arguments',
        index,
        text,
      })
      const interleaved = [
        begin(0),
        piece(0, '{"a"'),
        begin(1),
        piece(1, '{"b"'),
        piece(0, ':1}'),
        piece(1, ':2}'),
      ]
      const encoder = format.createPartEncoder(edits)
      const payloads = interleaved.flatMap((part) => encoder.encode([part]))
      payloads.push(...encoder.end({ reason: 'tool_calls' }, usage))
      const { parts, end } = decode([framed(format, payloads)])
      expect(end.ok).toBe(true)
      expect(collectParts(parts)).toEqual(answerForm(collectParts(interleaved)))
    })

    test('T04 a call without arguments has {}', () => {
      const encoder = format.createPartEncoder(edits)
      const payloads = encoder.encode([{ type: 'tool-call', index: 0, id: 'call_a1', name: 'now' }])
      payloads.push(...encoder.end({ reason: 'tool_calls' }, usage))
      const [call] = collectParts(decode([framed(format, payloads)]).parts)
      expect(call).toMatchObject({ type: 'tool-call', name: 'now', arguments: '{}' })
    })

    test('T09 arguments cut at the token limit stay as they are, and the reason stays length', () => {
      const parts: StreamPart[] = [
        { type: 'tool-call', index: 0, id: 'call_a1', name: 'write' },
        { type: 'tool-arguments', index: 0, text: '{"text":"never en' },
      ]
      const encoder = format.createPartEncoder(edits)
      const payloads = [...encoder.encode(parts), ...encoder.end({ reason: 'length' }, usage)]
      const decoded = decode([framed(format, payloads)])
      expect(decoded.end).toMatchObject({ ok: true, finish: { reason: finishForm('length') } })
    })

    test('a stream cut before its end is an error, wherever it is cut', () => {
      const payloads = encoded(answers['text and parallel calls'] ?? [], { reason: 'tool_calls' })
      const last = endsByClosing ? payloads.length - 1 : payloads.findLastIndex(isEnd)
      for (let count = 0; count < last; count++) {
        const { end } = decode([framed(format, payloads.slice(0, count))])
        if (end.ok && saysFinish(payloads.slice(0, count))) continue
        expect(end.ok).toBe(false)
      }
    })

    test('T46 an error inside a stream is an error, before and after content', () => {
      const error: GenerationError = {
        code: wireErrors.server_is_overloaded.code,
        status: 503,
        message: 'Overloaded',
        retryable: true,
      }
      const payloads = encoded(answers['text'] ?? [], { reason: 'stop' })
      for (const before of [0, 1, 3]) {
        const said = payloads.slice(0, before)
        const event = format.encodeErrorEvent(error, edits.requestId, said.at(-1) ?? null)
        const { end } = decode([framed(format, [...said, event])])
        expect(end.ok).toBe(false)
        const passing = format.createPassThrough(edits)
        passing.push(framed(format, [...said, event]))
        expect(passing.end().ok).toBe(false)
      }
    })

    test('garbage never throws, and never looks whole', () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (pieces) => {
          const { end } = decode(pieces.map((piece) => Buffer.from(piece)))
          expect(end.ok).toBe(false)
        }),
      )
      fc.assert(
        fc.property(fc.json(), (text) => {
          const { end } = decode([framed(format, [text.replaceAll('\n', ' ')])])
          expect(end.ok).toBe(false)
        }),
      )
    })

    test('an event that never ends is refused at the limit', () => {
      const decoder = format.createPartDecoder(edits)
      const piece = Buffer.alloc(10_000, 'x')
      decoder.push(Buffer.from(format.framing === 'sse' ? 'data: "' : '"'))
      for (let sent = 0; sent < edits.maxEventBytes * 2 && !decoder.done; sent += piece.length) {
        decoder.push(piece)
      }
      expect(decoder.done).toBe(true)
      expect(decoder.end()).toMatchObject({ ok: false, error: { code: 'wire_event_too_large' } })
    })

    test('passed on, a stream is the same but for the name of the model, and its end is held back', () => {
      const named = { ...edits, model: 'fast-2' }
      const encoder = format.createPartEncoder(named)
      const content = answers['text and parallel calls'] ?? []
      const payloads = inPieces(asStreamParts(content), 4).flatMap((part) => encoder.encode([part]))
      payloads.push(...encoder.end({ reason: 'tool_calls' }, usage))
      const passing = format.createPassThrough(edits)
      const published = passing.push(framed(format, payloads))
      const end = passing.end()
      expect(end).toMatchObject({ ok: true, finishReason: 'tool_calls', usage: usageForm(usage) })
      const all = [...published, ...(end.ok ? end.events : [])]
      const { parts } = decode([framed(format, all)])
      expect(collectParts(parts)).toEqual(answerForm(content))
      expect(all.join('\n')).not.toContain('"fast-2"')
      expect(passing.outputCharacters).toBeGreaterThan(0)
      expect(decode([framed(format, published)]).end.ok).toBe(endsByClosing)
    })

    test('passed on, cut anywhere: the same payloads', () => {
      const bytes = framed(
        format,
        encoded(answers['text and parallel calls'] ?? [], { reason: 'tool_calls' }),
      )
      const passed = (pieces: readonly Buffer[]) => {
        const passing = format.createPassThrough(edits)
        const published = pieces.flatMap((piece) => passing.push(piece))
        const end = passing.end()
        return [...published, ...(end.ok ? end.events : [])]
      }
      const whole = passed([bytes])
      fc.assert(
        fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (places) => {
          expect(passed(cutAt(bytes, places))).toEqual(whole)
        }),
      )
    })
  })

  describe(`${format.name}: errors`, () => {
    test('T60 every error of the table keeps its status and its kind', () => {
      for (const { code, status, retryable, title } of Object.values(wireErrors)) {
        const error: GenerationError = { code, status, retryable, message: title }
        const body = JSON.parse(format.encodeError(error, edits.requestId)) as unknown
        expect(body).toEqual(expect.any(Object))
        expect(format.errorStatus(error)).toBeGreaterThanOrEqual(400)
      }
    })

    test('any body with any status of failure is mapped', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 300, max: 599 }),
          fc.oneof(fc.json(), fc.string(), fc.constant('<html>Bad Gateway</html>')),
          (status, body) => {
            const error = format.decodeError(status, {}, Buffer.from(body))
            expect(error.status).toBeGreaterThanOrEqual(400)
            expect(error.message).not.toBe('')
          },
        ),
      )
    })

    test('a refusal of our credential is never the caller to blame', () => {
      const refused: GenerationError = {
        code: 'invalid_api_key',
        status: 401,
        message: 'Incorrect API key provided: sk-abc',
        retryable: false,
      }
      const body = Buffer.from(format.encodeError(refused, edits.requestId))
      const error = format.decodeError(401, {}, body)
      expect(error).toMatchObject({ status: 502, code: 'upstream_auth', retryable: false })
      expect(JSON.stringify(error)).not.toContain('sk-abc')
    })
  })
}

function decodeAll(
  decoder: PartDecoder,
  pieces: readonly Buffer[],
): { parts: StreamPart[]; end: PartsEnd } {
  const parts = pieces.flatMap((piece) => decoder.push(piece))
  const end = decoder.end()
  if (end.ok) parts.push(...end.parts)
  requireWellFormed(parts)
  return { parts, end }
}

/** Calls begin once, counted from 0, before their arguments; no two have the same id. */
function requireWellFormed(parts: readonly StreamPart[]): void {
  const ids: string[] = []
  for (const part of parts) {
    if (part.type === 'tool-call') {
      expect(part.index).toBe(ids.length)
      expect(ids).not.toContain(part.id)
      expect(part.id).not.toBe('')
      ids.push(part.id)
    } else if (part.type === 'tool-arguments') expect(part.index).toBeLessThan(ids.length)
  }
}

function onlyWireErrors(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    expect(error.status).toBeGreaterThanOrEqual(400)
  }
}

/** The last payload that says how the answer ended; what follows it is only the end marker. */
function isEnd(payload: string): boolean {
  return payload !== '[DONE]'
}

/** A chat stream that gave its finish reason and lacks only what follows is whole. */
function saysFinish(payloads: readonly string[]): boolean {
  return payloads.some((payload) => /"finish_reason":"|"finishReason":"|"done":true/.test(payload))
}

function fail(): never {
  throw new Error('no such sample')
}
