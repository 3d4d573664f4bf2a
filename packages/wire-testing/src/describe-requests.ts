import { describe, expect, test } from '@jest/globals'
import { GatewayError } from '@sluice/kernel/errors'
import type { WireFormat } from '@sluice/wire/wire-format'
import fc from 'fast-check'
import { malformed } from './malformed.ts'
import { requests } from './samples.ts'
import { type FullSuite, onlyWireErrors, target } from './suite-context.ts'

export function describeRequests({ format, requestForm }: FullSuite): void {
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

    test('M-010 a mistake anywhere is refused in words, and names where it is', () => {
      for (const request of Object.values(requests)) {
        const { body } = format.encodeRequest(request, target)
        const json = JSON.parse(body.toString()) as object
        for (const mistake of malformed({ model: 'm', stream: false, ...json })) {
          const refusal = refusalOf(format, Buffer.from(JSON.stringify(mistake.body)))
          if (refusal === null) continue
          const told = `${mistake.path}: ${refusal.message}`
          expect(told).not.toMatch(wordsOfValidators)
          // The member itself, one in it, or one around it; what is missing beside it may be named, too.
          const [root = ''] = mistake.path.split(/[.[]/)
          expect({ told, param: refusal.param }).toMatchObject({
            param: expect.stringMatching(new RegExp(`^${root}`)),
          })
        }
      }
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
}

/** No caller has heard of the validator. */
const wordsOfValidators = /Invalid (?:input|option|key)|Too (?:small|big)|received|Unrecognized/

function refusalOf(format: WireFormat, body: Buffer): GatewayError | null {
  try {
    format.parseRequest(body)
    format.decodeRequest(body)
    return null
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    return error
  }
}

function fail(): never {
  throw new Error('no such sample')
}
