import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import type { DecodedReply, ReplyEdits } from '@sluice/wire/wire-format'
import { readError } from './decode-error.ts'
import { decodeUsage, encodeUsage } from './decode-usage.ts'
import { finishReason } from './finish-reason.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'
import { decodeToolCalls } from './tools.ts'

/** Ollama's plain answer as a chat completion. */
export function decodeReply(body: Buffer, to: WireName, edits: ReplyEdits): DecodedReply {
  if (to !== 'openai-chat') throw new GatewayError(wireErrors.wire_unsupported)
  const reply = parseJson(body.toString())
  if (!isObject(reply) || !isObject(reply['message']) || reply['done'] !== true) {
    throw unreadable(reply)
  }
  const { message, outputCharacters } = decodeMessage(reply['message'], edits.requestId)
  const finish = finishReason(reply['done_reason'], 'tool_calls' in message)
  const usage = decodeUsage(reply)
  const completion = {
    id: `chatcmpl-${edits.requestId}`,
    object: 'chat.completion',
    created: edits.created,
    model: edits.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
    ...(usage ? { usage: encodeUsage(usage) } : {}),
  }
  const data = Buffer.from(JSON.stringify(completion))
  return { data, finishReason: finish, usage, outputCharacters }
}

function decodeMessage(
  { content, thinking, tool_calls: raw }: JsonObject,
  requestId: string,
): { message: object; outputCharacters: number } {
  const text = typeof content === 'string' ? content : ''
  const thoughts = typeof thinking === 'string' ? thinking : ''
  const calls = decodeToolCalls(raw, requestId, 0)
  let outputCharacters = text.length + thoughts.length
  for (const { function: called } of calls) {
    outputCharacters += called.name.length + called.arguments.length
  }
  const message = {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    refusal: null,
  }
  return { message, outputCharacters }
}

/** The definition's title carries the text: it is what callers see of a 5xx. */
function unreadable(reply: unknown): GatewayError {
  const title = readError(reply) ?? wireErrors.upstream_error.title
  return new GatewayError({ ...wireErrors.upstream_error, title })
}
