import type { Need } from '@sluice/contracts/generation/generation-request'
import type { GatewayError } from '@sluice/kernel/errors'
import { describeIssue } from '@sluice/wire/describe-issue'
import { wireErrors } from '@sluice/wire/errors'
import type { JsonObject } from '@sluice/wire/json'
import { formatPath, readBody, refuse } from '@sluice/wire/read-body'
import type { CallSummary } from '@sluice/wire/wire-format'
import type { z } from 'zod'
import {
  blockSchemas,
  CountTokensRequest,
  customTool,
  MessageRequest,
} from './message-request-schema.ts'

/** Throws a `GatewayError` with status 400 whose `param` is the field at fault, null when the body as a whole is. */
export function parseRequest(body: Buffer): CallSummary {
  const json = readBody(body)
  const request = parse(MessageRequest, json)
  const user = request.metadata?.user_id ?? null
  return {
    model: request.model,
    stream: request.stream === true,
    includeUsage: true,
    maxTokens: request.max_tokens,
    user,
    group: user,
    needs: needsOf(request),
    documents: hasBlock(request, 'document'),
    json,
  }
}

/** The same for a count: there is no answer that could be limited or streamed. */
export function parseCountTokensRequest(body: Buffer): { readonly model: string } {
  return { model: parse(CountTokensRequest, readBody(body)).model }
}

function parse<Request extends CountTokensRequest>(
  schema: z.ZodType<Request>,
  value: JsonObject,
): Request {
  const parsed = schema.safeParse(value)
  const issue = parsed.error?.issues[0] ?? findIssue(value)
  if (!issue && parsed.data) return parsed.data
  throw issue ? describe(issue, value) : refuse(wireErrors.invalid_request.title)
}

type Issue = z.core.$ZodIssue

/** What is wrong inside a block or a tool of a known type. */
function findIssue({ system, messages, tools }: JsonObject): Issue | null {
  for (const [i, tool] of list(tools)) {
    if (tool['type'] != null && tool['type'] !== 'custom') continue
    const issue = issueOf(customTool, tool, ['tools', i])
    if (issue) return issue
  }
  const found = issueInContent(system, ['system'])
  if (found) return found
  for (const [i, { content }] of list(messages)) {
    const issue = issueInContent(content, ['messages', i, 'content'])
    if (issue) return issue
  }
  return null
}

function issueInContent(content: unknown, path: readonly PropertyKey[]): Issue | null {
  for (const [i, block] of list(content)) {
    const schema = blockSchemas.get(String(block['type']))
    if (!schema) continue
    const at = [...path, i]
    const issue = issueOf(schema, block, at)
    if (issue) return issue
    if (block['type'] !== 'tool_result') continue
    const inner = issueInContent(block['content'], [...at, 'content'])
    if (inner) return inner
  }
  return null
}

function issueOf(schema: z.ZodType, value: unknown, path: readonly PropertyKey[]): Issue | null {
  const [issue] = schema.safeParse(value).error?.issues ?? []
  return issue ? { ...issue, path: [...path, ...issue.path] } : null
}

/** The schema has been applied: a list holds objects. */
function list(value: unknown): Iterable<[number, JsonObject]> {
  return Array.isArray(value) ? (value as JsonObject[]).entries() : []
}

function describe(issue: Issue, value: JsonObject): GatewayError {
  const { path, problem, missing } = describeIssue(issue, value)
  const param = formatPath(path) ?? ''
  return refuse(
    missing ? `Missing required parameter: '${param}'` : `Invalid value for '${param}': ${problem}`,
    path,
  )
}

function needsOf(request: MessageRequest): Need[] {
  const { tools, thinking, output_config: config, output_format: format } = request
  const needs: Need[] = []
  if (tools?.some(({ type }) => type == null || type === 'custom') === true) needs.push('tools')
  if (hasBlock(request, 'image')) needs.push('images')
  if (config?.format != null || format != null) needs.push('json_schema')
  // Adaptive thinking leaves it to the model, also whether it can.
  if (thinking?.type === 'enabled') needs.push('reasoning')
  return needs
}

/** Among the blocks of the messages, and in the results of tools. */
function hasBlock({ messages }: MessageRequest, type: string): boolean {
  return messages.some(({ content }) => contains(content, type))
}

function contains(content: unknown, type: string): boolean {
  for (const [, block] of list(content)) {
    if (block['type'] === type) return true
    if (block['type'] === 'tool_result' && contains(block['content'], type)) return true
  }
  return false
}
