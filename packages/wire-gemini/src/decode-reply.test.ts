import { expect, test } from '@jest/globals'
import { decodeReply } from './decode-reply.ts'
import { encodeThinking } from './thinking.ts'

test('a text in several parts is one text, and so are thoughts: JSON cut in the middle of a member is read whole', () => {
  const parts = [
    { text: 'Hm', thought: true },
    { text: '.', thought: true },
    { text: '{"city":' },
    { text: '"Delft"}' },
  ]
  const reply = { candidates: [{ content: { role: 'model', parts }, finishReason: 'STOP' }] }
  const options = { maxEventBytes: 1_000_000, requestId: 'r' }
  expect(decodeReply(Buffer.from(JSON.stringify(reply)), options).content).toEqual([
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: '{"city":"Delft"}' },
  ])
})

test('thoughts that a budget was given for are shown unless the caller hid them', () => {
  const asked = { effort: null, budgetTokens: 1_024 }
  const encode = (visible: boolean | null) =>
    encodeThinking({ ...asked, visible }, false, new Set())
  expect(encode(null)).toEqual({ thinkingBudget: 1_024, includeThoughts: true })
  expect(encode(false)).toEqual({ thinkingBudget: 1_024, includeThoughts: false })
})
