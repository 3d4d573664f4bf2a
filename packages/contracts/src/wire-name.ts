import { z } from 'zod'

/** The wire formats a provider can speak and a log entry can be written in. `bedrock-*` are spoken by providers only. */
export const WireName = z.enum([
  'openai-chat',
  'openai-responses',
  'openai-completions',
  'anthropic-messages',
  'gemini',
  'ollama',
  'bedrock-converse',
  'bedrock-invoke',
])
export type WireName = z.infer<typeof WireName>
