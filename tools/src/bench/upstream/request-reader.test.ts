import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { Prompt } from '../load/prompt.ts'
import { readMarker, replyBytes } from '../marker.ts'
import { chatAnswers } from './answers.ts'
import { messagesAnswers } from './messages-answers.ts'
import { RequestReader } from './request-reader.ts'

const endpoint = {
  host: '127.0.0.1',
  port: 1,
  path: '/v1/chat/completions',
  headers: {},
  model: 'm',
}

test('finds every request and its script however the bytes are cut, with a length and chunked', () => {
  const prompt = new Prompt({ endpoint, tokens: 3, intervalMs: 7, bytes: 2_000 })
  prompt.number('00000042')
  const text = prompt.bytes.toString('latin1')
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const chunks = [body.slice(0, 300), body.slice(300), '']
    .map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    .join('')
  const chunkedHead = head.replace(/content-length: \d+/, 'transfer-encoding: chunked')
  const wire = Buffer.from(`${text}${chunkedHead}\r\n\r\n${chunks}${text}`)

  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), (size) => {
      const requests: { path: string; text: string }[] = []
      const reader = new RequestReader((request) => {
        requests.push({ path: request.path, text: request.body.toString('latin1') })
      })
      for (let at = 0; at < wire.length; at += size)
        reader.push(Buffer.from(wire.subarray(at, at + size)))
      expect(requests).toEqual([body, body, body].map((text) => ({ path: endpoint.path, text })))
    }),
  )
  expect(readMarker(Buffer.from(body))).toEqual({ nonce: '00000042', tokens: 3, intervalMs: 7 })
})

test('answers have the documented sizes', () => {
  expect(chatAnswers.plainReply('00000001').split('\r\n\r\n')[1]).toHaveLength(replyBytes)
  for (const [answers, least, most] of [
    [chatAnswers, 200, 260],
    [messagesAnswers, 120, 190],
  ] as const) {
    const part = answers.streamPart('00000001', 0, 1).split('\r\n').slice(1).join('')
    expect(part.length).toBeGreaterThan(least)
    expect(part.length).toBeLessThan(most)
  }
})
