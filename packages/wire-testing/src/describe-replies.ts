import { describe, expect, test } from '@jest/globals'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Finish } from '@sluice/wire/canonical-reply'
import type { AssistantPart } from '@sluice/wire/canonical-request'
import { wireErrors } from '@sluice/wire/errors'
import fc from 'fast-check'
import { anyAnswer, finishOf } from './arbitraries.ts'
import { answers, usage } from './samples.ts'
import { edits, type FullSuite, onlyWireErrors, reasons } from './suite-context.ts'

export function describeReplies({ format, answerForm, usageForm, finishForm }: FullSuite): void {
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
}

export function describeErrors({ format }: FullSuite): void {
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
