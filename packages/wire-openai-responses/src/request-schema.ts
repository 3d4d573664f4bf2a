import { checkBy } from '@sluice/wire/check-by'
import { z } from 'zod'

/**
 * What a Responses call must look like. Loose: unknown fields, items, parts and tools are allowed everywhere, since they travel on to a
 * provider of this dialect. Only what OpenAI itself refuses for every model is refused here.
 */

const text = z.string()
const name = z.string().min(1).max(256)
const flag = z.boolean().nullish()
const object = z.looseObject({})

const part = z.looseObject({ type: text }).check((context) => {
  const { type, text: written, image_url: url, file_id: file } = context.value
  const problem = (path: string, message: string) => {
    context.issues.push({ code: 'custom', message, path: [path], input: context.value })
  }
  if ((type === 'input_text' || type === 'output_text') && typeof written !== 'string') {
    problem('text', 'expected a string')
  } else if (type === 'input_image' && typeof url !== 'string' && typeof file !== 'string') {
    problem('image_url', 'an image needs image_url or file_id')
  }
})
const content = z.union([text, z.array(part)])

const roles = ['user', 'assistant', 'system', 'developer'] as const
const message = z.looseObject({ role: z.literal(roles), content })
const items: Readonly<Record<string, z.ZodType>> = {
  message,
  function_call: z.looseObject({ call_id: text, name, arguments: text }),
  function_call_output: z.looseObject({ call_id: text, output: content }),
  custom_tool_call: z.looseObject({ call_id: text, name, input: text }),
  custom_tool_call_output: z.looseObject({ call_id: text, output: content }),
  item_reference: z.looseObject({ id: text }),
  reasoning: z.looseObject({ summary: z.array(object).nullish() }),
}

/** Without a type it is a message, or (with nothing but an id) a reference. */
const item = z.looseObject({ type: text.nullish() }).check((context) => {
  const { value } = context
  const type = value.type ?? ('role' in value || !('id' in value) ? 'message' : 'item_reference')
  const schema = Object.hasOwn(items, type) ? items[type] : undefined
  if (schema) checkBy(schema, value, context)
})

const functionTool = z.looseObject({ name, parameters: object.nullish() })

/** Flat as OpenAI defines it, or nested as in chat: clients mix both. */
const tool = z.looseObject({ type: text }).check((context) => {
  const { type, function: nested, ...flat } = context.value
  if (type !== 'function') return
  checkBy(functionTool, nested ?? flat, context, nested === undefined ? [] : ['function'])
})

const format = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal(['text', 'json_object', 'grammar', 'python']) }),
  z.looseObject({ type: z.literal('json_schema'), name, schema: object }),
])

/** What can stand in place of an input. */
const sources = ['input', 'previous_response_id', 'prompt', 'conversation'] as const

export const ResponsesRequest = z
  .looseObject({
    model: name,
    input: z.union([text, z.array(item)]).optional(),
    instructions: text.nullish(),
    stream: flag,
    background: flag,
    store: flag,
    previous_response_id: text.nullish(),
    max_output_tokens: z.int().min(1).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    top_logprobs: z.int().min(0).max(20).nullish(),
    tools: z.array(tool).nullish(),
    tool_choice: z
      .union([z.literal(['none', 'auto', 'required']), z.looseObject({ type: text })])
      .nullish(),
    parallel_tool_calls: flag,
    text: z.looseObject({ format: format.nullish() }).nullish(),
    reasoning: z.looseObject({ effort: text.nullish(), summary: text.nullish() }).nullish(),
    include: z.array(text).nullish(),
    truncation: text.nullish(),
    user: text.nullish(),
    safety_identifier: text.nullish(),
    prompt_cache_key: text.nullish(),
    metadata: object.nullish(),
  })
  .check((context) => {
    if (sources.some((source) => context.value[source] != null)) return
    context.issues.push({
      code: 'invalid_type',
      expected: 'string',
      path: ['input'],
      input: undefined,
    })
  })
export type ResponsesRequest = z.infer<typeof ResponsesRequest>
