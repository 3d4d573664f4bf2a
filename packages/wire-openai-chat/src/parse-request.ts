import { isUtf8 } from 'node:buffer'
import type { Need } from '@sluice/contracts/generation/generation-request'
import { GatewayError } from '@sluice/kernel/errors'
import { describeIssue } from '@sluice/wire/describe-issue'
import { wireErrors } from '@sluice/wire/errors'
import type { z } from 'zod'
import { ChatRequest } from './chat-request-schema.ts'
import { parseJson, stringOrNull } from '@sluice/wire/json'
import type { CallSummary } from '@sluice/wire/wire-format'

const maxDepth = 64
/** Keys that could reach a prototype in code that copies objects naively, here or at a provider. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** Throws a `GatewayError` with status 400 whose `param` is the field at fault, null when the body as a whole is. */
export function parseRequest(body: Buffer): CallSummary {
  if (!isUtf8(body)) throw refuse('The request body is not UTF-8')
  const value = parseJson(body.toString())
  if (value === undefined) throw refuse('The request body is not valid JSON')
  const problem = typeof value === 'object' && value !== null ? findProblem(value, 1) : null
  if (problem) throw refuse(problem.message, problem.path.toReversed())
  const parsed = ChatRequest.safeParse(value)
  if (!parsed.success) throw describe(parsed.error, value)
  const { model, stream, stream_options: options, user } = parsed.data
  return {
    model,
    stream: stream === true,
    includeUsage: stream === true && options?.include_usage === true,
    maxTokens: parsed.data.max_completion_tokens ?? parsed.data.max_tokens ?? null,
    user: user ?? null,
    group: groupOf(parsed.data),
    needs: needsOf(parsed.data),
    json: value,
  }
}

function groupOf({ metadata, user, prompt_cache_key: cacheKey }: ChatRequest): string | null {
  return stringOrNull(metadata?.['user_id']) ?? user ?? cacheKey ?? null
}

function needsOf(request: ChatRequest): Need[] {
  const { tools, response_format: format, reasoning_effort: effort } = request
  const needs: Need[] = []
  if (tools?.some(({ type }) => type === 'function') === true) needs.push('tools')
  const types = new Set<string>()
  for (const { content } of request.messages) {
    if (Array.isArray(content)) for (const part of content) types.add(part.type)
  }
  if (types.has('image_url') || types.has('input_image')) needs.push('images')
  if (types.has('input_audio')) needs.push('audio')
  if (format?.type === 'json_schema') needs.push('json_schema')
  if (effort != null && effort !== 'none') needs.push('reasoning')
  return needs
}

interface Problem {
  readonly message: string
  /** Reversed: it grows on the way back up. */
  readonly path: PropertyKey[]
}

/** Recursion is safe: it ends at the depth it looks for. */
function findProblem(value: object, depth: number): Problem | null {
  if (depth > maxDepth) {
    return { message: `The request is nested more than ${String(maxDepth)} levels deep`, path: [] }
  }
  const isArray = Array.isArray(value)
  for (const key of Object.keys(value)) {
    if (!isArray && forbiddenKeys.has(key)) {
      return { message: `The key ${key} is not allowed`, path: [key] }
    }
    const member = (value as Record<string, unknown>)[key]
    if (typeof member !== 'object' || member === null) continue
    const problem = findProblem(member, depth + 1)
    if (!problem) continue
    problem.path.push(isArray ? Number(key) : key)
    return problem
  }
  return null
}

function describe(error: z.ZodError, value: unknown): GatewayError {
  const [issue] = error.issues
  if (!issue) return refuse(wireErrors.invalid_request.title)
  const { path, problem, missing } = describeIssue(issue, value)
  const param = formatPath(path)
  if (param === null) return refuse('The request body must be a JSON object')
  return refuse(
    missing ? `Missing required parameter: '${param}'` : `Invalid value for '${param}': ${problem}`,
    path,
  )
}

/** `messages[0].content[1].type` */
function formatPath(path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return null
  const parts = path.map((key) =>
    typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`,
  )
  return parts.join('').replace(/^\./, '')
}

export function refuse(message: string, path: readonly PropertyKey[] = []): GatewayError {
  const type = 'invalid_request_error'
  const param = formatPath(path)
  return new GatewayError(
    wireErrors.invalid_request,
    message,
    param === null ? { type } : { type, param },
  )
}
