import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import { z } from 'zod'
import { parseJson } from './json.ts'

/** An OpenAI chat request as far as it can be said in Ollama's words. The edge has validated the call; this only gives it types. */
const text = z.string()
const part = z.looseObject({
  type: text,
  text: text.optional(),
  image_url: z.looseObject({ url: text }).optional(),
})
const content = z.union([text, z.array(part), z.null()]).optional()
const toolCall = z.looseObject({
  id: text.optional(),
  function: z.looseObject({ name: text, arguments: text }).nullish(),
})
const message = z.looseObject({
  role: text,
  content,
  name: text.nullish(),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: text.nullish(),
})
const declared = z.looseObject({
  name: text,
  description: text.nullish(),
  parameters: z.unknown().optional(),
})
const tool = z.union([
  z.looseObject({ type: z.literal('function'), function: declared }),
  declared.extend({ type: z.literal('function') }),
  z.looseObject({ type: text }),
])

const ChatRequest = z.looseObject({
  messages: z.array(message),
  tools: z.array(tool).nullish(),
  tool_choice: z
    .union([text, z.looseObject({ function: z.looseObject({ name: text }).optional() })])
    .nullish(),
  response_format: z
    .looseObject({ type: text, json_schema: z.looseObject({ schema: z.unknown() }).optional() })
    .nullish(),
  stop: z.union([text, z.array(text)]).nullish(),
  n: z.number().nullish(),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  options: z.record(text, z.unknown()).nullish(),
})
export type ChatRequest = z.infer<typeof ChatRequest>
export type ChatMessage = ChatRequest['messages'][number]
export type ChatTool = NonNullable<ChatRequest['tools']>[number]

export function parseChatRequest(body: Buffer): ChatRequest {
  const parsed = ChatRequest.safeParse(parseJson(body.toString()))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw refuse(issue?.message ?? 'the body is not a chat request', issue?.path ?? [])
}

/** A 400 that names the field as callers write it: `messages[0].content`. */
export function refuse(problem: string, path: readonly PropertyKey[]): GatewayError {
  const parts = path.map((key) =>
    typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`,
  )
  const param = parts.join('').replace(/^\./, '')
  return new GatewayError(wireErrors.invalid_request, problem, {
    type: 'invalid_request_error',
    param: param === '' ? undefined : param,
  })
}
