import { z } from 'zod'

/**
 * What a Messages call must look like. Loose: unknown fields, block types and tool types are allowed, since they travel on to the provider. Only
 * what Anthropic itself refuses for every model is refused here; what a certain model cannot do is the provider's to say.
 */

const text = z.string()
const flag = z.boolean().nullish()
const range = (min: number, max: number) => z.number().min(min).max(max).nullish()
const typed = z.looseObject({ type: text })

const content = z.union([text, z.array(typed)])

/** `system` stands in the middle of a conversation where a model takes it there; its content may be absent. */
const message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal(['user', 'assistant']), content }),
  z.looseObject({ role: z.literal('system'), content: content.nullish() }),
])

const thinking = z.looseObject({ type: text, budget_tokens: z.int().min(1).nullish() })

const outputFormat = z.looseObject({ type: text, schema: z.looseObject({}).nullish() })

const toolChoice = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal(['auto', 'any', 'none']),
    disable_parallel_tool_use: flag,
  }),
  z.looseObject({ type: z.literal('tool'), name: text.min(1), disable_parallel_tool_use: flag }),
])

/** What a call and a count of its tokens have in common. */
const shared = {
  model: text.min(1).max(256),
  messages: z.array(message).min(1),
  system: content.nullish(),
  tools: z.array(z.looseObject({ type: text.nullish() })).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish(),
  output_config: z
    .looseObject({ effort: text.nullish(), format: outputFormat.nullish() })
    .nullish(),
  output_format: outputFormat.nullish(),
}

export const CountTokensRequest = z.looseObject(shared)
export type CountTokensRequest = z.infer<typeof CountTokensRequest>

export const MessageRequest = z.looseObject({
  ...shared,
  // 0 only fills the prompt cache.
  max_tokens: z.int().min(0),
  stream: flag,
  temperature: range(0, 1),
  top_p: range(0, 1),
  top_k: z.int().min(0).nullish(),
  stop_sequences: z.array(text).nullish(),
  metadata: z.looseObject({ user_id: text.nullish() }).nullish(),
  service_tier: text.nullish(),
})
export type MessageRequest = z.infer<typeof MessageRequest>

const source = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal(['base64', 'text']), media_type: text, data: text }),
  z.looseObject({ type: z.literal('url'), url: text.min(1) }),
  z.looseObject({ type: z.literal('file'), file_id: text.min(1) }),
  z.looseObject({ type: z.literal('content'), content }),
])

/** Blocks whose insides are known, by type. */
export const blockSchemas: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['text', z.looseObject({ text })],
  ['image', z.looseObject({ source })],
  ['document', z.looseObject({ source })],
  ['tool_use', z.looseObject({ id: text.min(1), name: text.min(1), input: z.looseObject({}) })],
  [
    'tool_result',
    z.looseObject({ tool_use_id: text.min(1), content: content.nullish(), is_error: flag }),
  ],
  ['thinking', z.looseObject({ thinking: text, signature: text })],
  ['redacted_thinking', z.looseObject({ data: text })],
])

/** A tool that the caller runs; other types are the provider's own. */
export const customTool = z.looseObject({
  name: text.min(1).max(128),
  description: text.nullish(),
  input_schema: z.looseObject({}),
})
