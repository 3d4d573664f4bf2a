import { expect, test } from '@jest/globals'
import { abortStopsBilling } from './abort-billing.ts'

test.each([
  ['https://api.openai.com/v1', true],
  ['https://api.deepseek.com/v1', true],
  ['http://127.0.0.1:9100/v1', true],
  ['https://api.mistral.ai/v1', false],
  ['https://api.groq.com/openai/v1', false],
  ['https://generativelanguage.googleapis.com/v1beta', false],
  ['https://bedrock-runtime.us-east-1.amazonaws.com', false],
  ['https://notmistral.ai/v1', true],
])('%s stops billing when it is left: %s', (baseUrl, stops) => {
  expect(abortStopsBilling(baseUrl)).toBe(stops)
})
