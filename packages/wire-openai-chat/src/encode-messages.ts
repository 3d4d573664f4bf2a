import type { Traits } from '@sluice/contracts/generation/traits'
import type {
  AssistantPart,
  ContentPart,
  Message,
  ReasoningPart,
  TextPart,
  ToolResult,
} from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import type { createToolCallIds, createToolNames } from '@sluice/wire/tool-identity'
import { formatOfOrigin } from './opaque-parts.ts'

export interface MessageContext {
  readonly ids: ReturnType<typeof createToolCallIds>
  readonly names: ReturnType<typeof createToolNames>
  readonly traits: Traits
  readonly adapted: Set<string>
}

export function encodeMessages(
  messages: readonly Message[],
  context: MessageContext,
): JsonObject[] {
  return messages.flatMap((message) => encodeMessage(message, context))
}

function encodeMessage(message: Message, context: MessageContext): JsonObject[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: encodeContent(message.content, context) }]
    case 'user': {
      const content = encodeContent(message.content, context)
      return [
        { role: 'user', content, ...(message.name === undefined ? {} : { name: message.name }) },
      ]
    }
    case 'assistant':
      return [encodeAssistant(message.content, context)]
    case 'tool':
      return encodeResults(message.results, context)
  }
}

/** One text is written as a string: every vendor of this dialect reads that. */
function encodeContent(parts: readonly ContentPart[], context: MessageContext): unknown {
  const [only] = parts
  if (parts.length === 1 && only?.type === 'text') return only.text
  if (parts.length === 0) return ''
  return parts.map((part) => encodePart(part, context))
}

function encodePart(part: ContentPart, { adapted }: MessageContext): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text }
    case 'image': {
      const { source, detail } = part
      if (source.kind === 'file') {
        adapted.add('messages.content')
        return { type: 'text', text: `[image ${source.id} is not available to this model]` }
      }
      const url = source.kind === 'url' ? source.url : dataUrl(source)
      return { type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } }
    }
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } }
    case 'document': {
      const { source, title } = part
      const named = title === undefined ? {} : { filename: title }
      switch (source.kind) {
        case 'text':
          return { type: 'text', text: source.text }
        case 'file':
          return { type: 'file', file: { file_id: source.id, ...named } }
        case 'base64':
          return { type: 'file', file: { file_data: dataUrl(source), ...named } }
        case 'url':
          adapted.add('messages.content')
          return { type: 'text', text: source.url }
      }
    }
  }
}

function dataUrl({ mediaType, data }: { mediaType: string; data: string }): string {
  return `data:${mediaType};base64,${data}`
}

/** Results are text here: what is not follows in a message of the user (T18). */
function encodeResults(results: readonly ToolResult[], context: MessageContext): JsonObject[] {
  const messages: JsonObject[] = []
  const others: ContentPart[] = []
  for (const { callId, content, isError } of results) {
    const texts = content.filter((part): part is TextPart => part.type === 'text')
    others.push(...content.filter((part) => part.type !== 'text'))
    const text = texts.map((part) => part.text).join('\n')
    messages.push({
      role: 'tool',
      tool_call_id: context.ids.of(callId),
      content: isError ? `Error: ${text}` : text,
    })
  }
  if (others.length > 0) messages.push({ role: 'user', content: encodeContent(others, context) })
  return messages
}

function encodeAssistant(
  parts: readonly AssistantPart[],
  { ids, names, traits }: MessageContext,
): JsonObject {
  const texts: string[] = []
  const calls: JsonObject[] = []
  const thoughts: ReasoningPart[] = []
  let refusal = ''
  for (const part of parts) {
    switch (part.type) {
      case 'text':
        texts.push(part.text)
        break
      case 'refusal':
        refusal += part.text
        break
      case 'reasoning':
        thoughts.push(part)
        break
      case 'tool-call':
        calls.push({
          id: ids.of(part.id),
          type: 'function',
          function: {
            name: names.of(part.name),
            arguments: part.arguments === '' ? '{}' : part.arguments,
          },
          ...(part.signature === undefined ? {} : signed(part.signature)),
        })
        break
    }
  }
  const text = texts.join('')
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    ...(refusal === '' ? {} : { refusal }),
    ...(traits.replaysReasoning === true ? encodeReasoning(thoughts) : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

export function signed(signature: string): JsonObject {
  return { extra_content: { google: { thought_signature: signature } } }
}

/** Text for those who show it, and details for those who give it back. */
export function encodeReasoning(thoughts: readonly ReasoningPart[]): JsonObject {
  if (thoughts.length === 0) return {}
  const text = thoughts.map((thought) => thought.text).join('')
  const details = thoughts.filter(({ origin }) => origin !== undefined).map(encodeReasoningDetail)
  return {
    ...(text === '' ? {} : { reasoning_content: text }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  }
}

export function encodeReasoningDetail(
  { text, signature, redacted, id, origin }: Omit<ReasoningPart, 'type'>,
  index: number,
): JsonObject {
  return {
    type: redacted === undefined ? 'reasoning.text' : 'reasoning.encrypted',
    ...(redacted === undefined ? { text } : { data: redacted }),
    ...(signature === undefined ? {} : { signature }),
    ...(id === undefined ? {} : { id }),
    format: formatOfOrigin[origin ?? ''] ?? 'unknown',
    index,
  }
}
