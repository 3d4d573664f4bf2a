import { describe, expect, test } from '@jest/globals'
import type { Traits } from '@sluice/contracts/generation/traits'
import { passRequest } from './pass-request.ts'

const encode = (
  body: string,
  edits: { stream?: boolean; maxTokens?: number; upstreamModel?: string; traits?: Traits } = {},
) => {
  const { stream = false, maxTokens = null, upstreamModel = 'fast-2', traits = {} } = edits
  const encoded = passRequest(Buffer.from(body), {
    stream,
    maxTokens,
    upstreamModel,
    traits,
  })
  return { text: encoded.body.toString(), adapted: encoded.adapted }
}

describe('passRequest', () => {
  test('changes the model and nothing else of a plain call', () => {
    const body =
      '{"messages":[ {"role":"user","content":"\\u00fc"} ],"model":"acme/fast","temperature":1.0}'
    expect(encode(body)).toEqual({ text: body.replace('acme/fast', 'fast-2'), adapted: [] })
  })

  test('T44 asks for usage on every stream, keeping what the caller asked', () => {
    expect(encode('{"model":"m","stream":true}', { stream: true }).text).toBe(
      '{"stream_options":{"include_usage":true},"model":"fast-2","stream":true}',
    )
    const options = '{"model":"m","stream":true,"stream_options":{"include_obfuscation":false}}'
    expect(encode(options, { stream: true }).text).toBe(
      '{"model":"fast-2","stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true}}',
    )
    const asked = '{"model":"m","stream":true,"stream_options":{ "include_usage":true }}'
    expect(encode(asked, { stream: true }).text).toBe(asked.replace('"m"', '"fast-2"'))
  })

  test('never sends stream options beside a plain call', () => {
    expect(
      encode('{"model":"m","stream_options":{"include_usage":true},"stream":false}').text,
    ).toBe('{"model":"fast-2","stream":false}')
  })

  test.each([
    ['{"model":"m"}', '{"max_tokens":100,"model":"fast-2"}', ['max_tokens']],
    ['{"model":"m","max_tokens":500}', '{"model":"fast-2","max_tokens":100}', ['max_tokens']],
    ['{"model":"m","max_tokens":null}', '{"model":"fast-2","max_tokens":100}', ['max_tokens']],
    ['{"model":"m","max_tokens":50}', '{"model":"fast-2","max_tokens":50}', []],
    [
      '{"model":"m","max_completion_tokens":500}',
      '{"model":"fast-2","max_completion_tokens":100}',
      ['max_completion_tokens'],
    ],
  ])('caps the length of the answer: %s', (body, expected, adapted) => {
    const { text, adapted: reported } = encode(body.replace('{', '{"stream":false,'), {
      maxTokens: 100,
    })
    expect(JSON.parse(text)).toEqual({ stream: false, ...(JSON.parse(expected) as object) })
    expect(reported).toEqual(adapted)
  })
})
