import { z } from 'zod'

/** The wire formats a provider can speak and a log entry can be written in. */
export const WireName = z.enum([
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'ollama',
])
export type WireName = z.infer<typeof WireName>
