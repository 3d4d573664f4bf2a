import { checkBy } from '@sluice/wire/check-by'
import { z } from 'zod'

/**
 * What a chat completion call must look like. Loose: unknown fields are allowed everywhere, since they travel on to the provider. Only what
 * OpenAI itself refuses for every model is refused here; what a certain model cannot do is the provider's to say.
 */

const range = (min: number, max: number) => z.number().min(min).max(max).nullish()
const tokens = z.int().min(1).nullish()
const flag = z.boolean().nullish()
const text = z.string()
const name = z.string().min(1).max(256)

/** Part types of vendors that speak this dialect; their insides are the provider's to judge. */
const foreignParts = [
  'refusal',
  'file',
  'audio_url',
  'video_url',
  'input_text',
  'input_image',
  'input_file',
  'output_text',
  'image',
  'document',
  'thinking',
  'redacted_thinking',
  'reasoning',
  'tool_use',
  'tool_result',
] as const

const imageUrl = z.looseObject({ url: z.string().min(1), detail: text.nullish() })
const part = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text }),
  z.looseObject({ type: z.literal('image_url'), image_url: imageUrl }),
  z.looseObject({
    type: z.literal('input_audio'),
    input_audio: z.looseObject({ data: text, format: text }),
  }),
  z.looseObject({ type: z.literal(foreignParts) }),
])

const requiredContent = z.union([text, z.array(part).min(1)])
const content = z.union([text, z.array(part), z.null()]).optional()

const toolCall = z.looseObject({
  id: text,
  type: text.nullish(),
  function: z.looseObject({ name: text, arguments: text }).nullish(),
})

const message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal(['system', 'developer', 'user']), content: requiredContent }),
  z.looseObject({
    role: z.literal('assistant'),
    content,
    tool_calls: z.array(toolCall).nullish(),
  }),
  z.looseObject({ role: z.literal('tool'), content: requiredContent, tool_call_id: text }),
  z.looseObject({ role: z.literal('function'), content, name: text }),
])

/** Nested as OpenAI defines it, or flat as in the Responses API: clients mix both. Other tool types are the provider's. */
const tool = z.looseObject({ type: text }).check((context) => {
  const { type, function: nested, ...flat } = context.value
  if (type !== 'function') return
  const isFlat = nested === undefined && 'name' in flat
  checkBy(toolFunction, isFlat ? flat : nested, context, isFlat ? [] : ['function'])
})
const toolFunction = z.looseObject({
  name,
  description: text.nullish(),
  parameters: z.looseObject({}).nullish(),
})

const toolChoice = z.union([
  z.literal(['none', 'auto', 'required']),
  z.looseObject({ type: text, function: z.looseObject({ name }).optional() }),
])

const responseFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal(['text', 'json_object', 'grammar', 'structural_tag']) }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ name, schema: z.looseObject({}).nullish() }),
  }),
])

export const ChatRequest = z.looseObject({
  model: name,
  messages: z.array(message).min(1),
  stream: flag,
  stream_options: z.looseObject({ include_usage: flag }).nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: range(0, 2),
  top_p: range(0, 1),
  presence_penalty: range(-2, 2),
  frequency_penalty: range(-2, 2),
  n: z.int().min(1).max(128).nullish(),
  seed: z.int().nullish(),
  stop: z.union([text, z.array(text).max(4), z.null()]).optional(),
  logprobs: flag,
  top_logprobs: z.int().min(0).max(20).nullish(),
  logit_bias: z.record(text, z.number().min(-100).max(100)).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: flag,
  response_format: responseFormat.nullish(),
  reasoning_effort: text.nullish(),
  user: text.nullish(),
  prompt_cache_key: text.nullish(),
  metadata: z.looseObject({}).nullish(),
})
export type ChatRequest = z.infer<typeof ChatRequest>
