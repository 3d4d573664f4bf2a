import { GatewayError } from '@sluice/kernel/errors'
import { isObject, type JsonObject } from '@sluice/wire/json'
import { scanMembers } from '@sluice/wire/splice'
import type { CallerFormat } from '@sluice/wire/wire-format'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiResponses } from '@sluice/wire-openai-responses'
import { type Asked, jsonType, type ReadCall } from './asked.ts'

/** A body of the route's own dialect, which travels on as it came. */
export function readAs(dialect: CallerFormat): ReadCall {
  return (body) => ({ summary: dialect.parseRequest(body), body, contentType: jsonType })
}

/**
 * A chat call as clients write them. Cursor's agent posts a Responses body to the chat route, and its other modes put flat tools between nested
 * ones: both are brought into the form that every provider of this wire takes. Only a body that is refused is looked at twice.
 */
export const readChatCall: ReadCall = (body) => {
  try {
    const summary = openAiChat.parseRequest(body)
    return { summary, body: nestTools(body, summary.json), contentType: jsonType }
  } catch (refusal) {
    const asked = readResponsesCall(body)
    if (asked === null) throw refusal
    return asked
  }
}

function nestTools(body: Buffer, json: unknown): Buffer {
  const { tools } = isObject(json) ? json : {}
  if (!Array.isArray(tools) || !tools.some((tool) => isFlat(tool))) return body
  const nested = (tools as unknown[]).map((tool) => (isFlat(tool) ? nest(tool) : tool))
  return scanMembers(body, ['tools']).edit({ tools: JSON.stringify(nested) })
}

function isFlat(tool: unknown): tool is JsonObject {
  return isObject(tool) && tool['type'] === 'function' && tool['function'] === undefined
}

function nest({ type, ...declaration }: JsonObject): JsonObject {
  return { type, function: declaration }
}

/** Null when it is none: no `input`, or `messages` beside it. */
function readResponsesCall(body: Buffer): Asked | null {
  const options = streamOptionsOfResponsesBody(body)
  if (options === null) return null
  // What is wrong with it is told in its own words.
  const { json } = openAiResponses.parseRequest(body)
  const request = openAiResponses.decodeRequest(body)
  const { model, stream } = request
  const target = { upstreamModel: model, stream, maxTokens: null, traits: {} }
  const translated = openAiChat.encodeRequest(request, target)
  const summary = openAiChat.parseRequest(translated.body)
  const includeUsage = stream && isObject(options) && options['include_usage'] === true
  return {
    summary: { ...summary, includeUsage, json },
    body: translated.body,
    contentType: jsonType,
    adapted: translated.adapted,
  }
}

function streamOptionsOfResponsesBody(body: Buffer): unknown {
  try {
    const members = scanMembers(body, ['input', 'messages', 'stream_options'])
    const isResponses = members.read('input') != null && members.read('messages') === undefined
    return isResponses ? (members.read('stream_options') ?? {}) : null
  } catch (problem) {
    if (GatewayError.is(problem)) return null
    throw problem
  }
}
