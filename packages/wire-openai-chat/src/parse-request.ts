import type { Need } from '@sluice/contracts/generation/generation-request'
import { stringOrNull } from '@sluice/wire/json'
import { parseShape } from '@sluice/wire/parse-body'
import { readBody } from '@sluice/wire/read-body'
import type { CallSummary } from '@sluice/wire/wire-format'
import { ChatRequest } from './chat-request-schema.ts'

/** Throws a `GatewayError` with status 400 whose `param` is the field at fault, null when the body as a whole is. */
export function parseRequest(body: Buffer): CallSummary {
  const json = readBody(body)
  const request = parseShape(json, ChatRequest)
  const { model, stream, stream_options: options, user } = request
  const types = partTypes(request)
  return {
    model,
    stream: stream === true,
    includeUsage: stream === true && options?.include_usage === true,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? null,
    user: user ?? null,
    group: groupOf(request),
    needs: needsOf(request, types),
    documents: types.has('file'),
    json,
  }
}

function groupOf({ metadata, user, prompt_cache_key: cacheKey }: ChatRequest): string | null {
  return stringOrNull(metadata?.['user_id']) ?? user ?? cacheKey ?? null
}

function needsOf(request: ChatRequest, types: ReadonlySet<string>): Need[] {
  const { tools, response_format: format, reasoning_effort: effort } = request
  const needs: Need[] = []
  if (tools?.some(({ type }) => type === 'function') === true) needs.push('tools')
  if (types.has('image_url') || types.has('input_image')) needs.push('images')
  if (types.has('input_audio')) needs.push('audio')
  if (format?.type === 'json_schema') needs.push('json_schema')
  if (effort != null && effort !== 'none') needs.push('reasoning')
  return needs
}

function partTypes({ messages }: ChatRequest): ReadonlySet<string> {
  const types = new Set<string>()
  for (const { content } of messages) {
    if (Array.isArray(content)) for (const part of content) types.add(part.type)
  }
  return types
}
