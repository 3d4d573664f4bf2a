import type { AssistantPart, CanonicalRequest, ReasoningPart } from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import type { createToolCallIds, createToolNames } from '@sluice/wire/tool-identity'
import { type AnsweredCall, type Turn, turnsOf } from '@sluice/wire/turns'
import type { TargetEdits } from '@sluice/wire/wire-format'
import { withCachePoint } from './cache-points.ts'
import { createDocumentNames, type DocumentNames, encodeContent } from './encode-content.ts'

export interface Encoding {
  readonly request: CanonicalRequest
  readonly target: TargetEdits
  readonly ids: ReturnType<typeof createToolCallIds>
  readonly names: ReturnType<typeof createToolNames>
  /** By OpenAI chat names, what was changed. */
  readonly adapted: Set<string>
}

export interface EncodedMessage {
  readonly role: 'user' | 'assistant'
  readonly content: JsonObject[]
}

export function encodeMessages(encoding: Encoding): {
  readonly system: JsonObject[]
  readonly messages: EncodedMessage[]
} {
  const { request, target } = encoding
  const { system, turns } = turnsOf(request.messages, canBeGivenBack)
  const documentName = createDocumentNames()
  const messages = turns.map((turn) => encodeTurn(turn, documentName, encoding))
  const last = messages.at(-1)
  if (last?.role === 'assistant') {
    if (target.traits.prefill === false) {
      const problem = `The model ${target.upstreamModel} does not continue a message of the assistant: the last message must be the user's`
      throw refuse(problem, ['messages', request.messages.length - 1])
    }
    trimEnd(last.content)
  }
  return { system: system.flatMap(({ text, cache }) => withCachePoint({ text }, cache)), messages }
}

/** White space at the end of an answer that is to be continued is refused (T33). */
function trimEnd(content: JsonObject[]): void {
  const block = content.at(-1)
  if (typeof block?.['text'] === 'string') block['text'] = block['text'].trimEnd()
}

function encodeTurn(turn: Turn, documentName: DocumentNames, encoding: Encoding): EncodedMessage {
  if (turn.role === 'assistant') {
    return {
      role: 'assistant',
      content: turn.content.flatMap((part) => encodeAnswer(part, encoding)),
    }
  }
  const results = turn.results.flatMap((result) => encodeResult(result, documentName, encoding))
  const content = [...results, ...encodeContent(turn.content, documentName, ['messages'])]
  // A document alone is refused: there must be a text beside it.
  const isMute =
    content.some((block) => 'document' in block) && !content.some((block) => 'text' in block)
  return { role: 'user', content: isMute ? [...content, { text: '.' }] : content }
}

function encodeAnswer(part: AssistantPart, { ids, names, adapted }: Encoding): JsonObject[] {
  switch (part.type) {
    case 'text':
      return withCachePoint({ text: part.text }, part.cache)
    case 'refusal':
      return [{ text: part.text }]
    case 'reasoning':
      return [encodeReasoning(part)]
    case 'tool-call': {
      const input = part.arguments.trim() === '' ? {} : parseJson(part.arguments)
      if (!isObject(input)) adapted.add('messages.tool_calls.arguments')
      const toolUse = {
        toolUseId: ids.of(part.id),
        name: names.of(part.name),
        input: isObject(input) ? input : {},
      }
      return withCachePoint({ toolUse }, part.cache)
    }
  }
}

/** Claude's signatures are the same here as at Anthropic; thoughts of others, and thoughts that nobody vouches for, are left out (T23, T24). */
function canBeGivenBack({ origin, signature, redacted }: ReasoningPart): boolean {
  if (origin === 'bedrock-converse') return redacted !== undefined
  return origin === 'anthropic-messages' && signature !== undefined
}

function encodeReasoning({ text, signature, redacted }: ReasoningPart): JsonObject {
  if (redacted !== undefined) return { reasoningContent: { redactedContent: redacted } }
  return { reasoningContent: { reasoningText: { text, signature } } }
}

function encodeResult(
  { call, content, isError, cache }: AnsweredCall,
  documentName: DocumentNames,
  { ids }: Encoding,
): JsonObject[] {
  const blocks = encodeContent(content, documentName, ['messages'])
  const said = blocks.filter((block) => !('cachePoint' in block) && block['text'] !== '')
  const toolResult = {
    toolUseId: ids.of(call.id),
    content: said.length > 0 ? said : [{ text: ' ' }],
    ...(isError ? { status: 'error' } : {}),
  }
  return withCachePoint({ toolResult }, cache)
}
