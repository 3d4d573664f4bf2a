import type { Need } from '@sluice/contracts/generation/generation-request'
import { isObject, stringOrNull } from '@sluice/wire/json'
import { parseBody } from '@sluice/wire/parse-body'
import type { CallSummary } from '@sluice/wire/wire-format'
import { ResponsesRequest } from './request-schema.ts'

/** Throws a `GatewayError` with status 400 whose `param` is the field at fault, null when the body as a whole is. */
export function parseRequest(body: Buffer): CallSummary {
  const request = parseBody(body, ResponsesRequest)
  const types = partTypes(request.input)
  const { model, stream, user, metadata, prompt_cache_key: cacheKey } = request
  return {
    model,
    stream: stream === true,
    includeUsage: true,
    maxTokens: request.max_output_tokens ?? null,
    user: user ?? request.safety_identifier ?? null,
    group: stringOrNull(metadata?.['user_id']) ?? user ?? cacheKey ?? null,
    needs: needsOf(request, types),
    documents: types.has('input_file'),
    json: request,
  }
}

function needsOf(
  { tools, text, reasoning }: ResponsesRequest,
  types: ReadonlySet<unknown>,
): Need[] {
  const needs: Need[] = []
  if (tools?.some(({ type }) => type === 'function') === true) needs.push('tools')
  if (types.has('input_image')) needs.push('images')
  if (types.has('input_audio')) needs.push('audio')
  if (text?.format?.type === 'json_schema') needs.push('json_schema')
  if (reasoning?.effort != null && reasoning.effort !== 'none') needs.push('reasoning')
  return needs
}

function partTypes(input: ResponsesRequest['input']): ReadonlySet<unknown> {
  const types = new Set<unknown>()
  for (const { content, output } of Array.isArray(input) ? input : []) {
    for (const parts of [content, output]) {
      if (!Array.isArray(parts)) continue
      for (const part of parts as unknown[]) if (isObject(part)) types.add(part['type'])
    }
  }
  return types
}
