import { z } from 'zod'

/**
 * The wire formats a provider can speak and a log entry can be written in. A member `wire` of a request, a summary or a log is the dialect of the
 * caller; of a provider or of a route's target, what the provider is spoken to in. The two are often not the same.
 * `bedrock-*` are spoken by providers only.
 */
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
