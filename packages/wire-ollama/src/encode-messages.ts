import type {
  AssistantPart,
  ContentPart,
  MediaSource,
  Message,
  ToolCallPart,
} from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { encodeToolCall, type ToolNames } from './tools.ts'

export interface MessageContext {
  readonly names: ToolNames
  /** Gets the name of what could not be kept. */
  readonly adapted: Set<string>
}

/** Content as one string (T36), images as bare base64, arguments as objects (T13), results named by their tool. */
export function encodeMessages(
  messages: readonly Message[],
  context: MessageContext,
): JsonObject[] {
  // Ollama knows results by the name of the tool, its recent versions by the id of the call, too.
  const toolNames = new Map<string, string>()
  return messages.flatMap((message, position): JsonObject[] => {
    const path = ['messages', position]
    switch (message.role) {
      case 'system':
        return [{ role: 'system', ...flatten(message.content, path) }]
      case 'user':
        return [{ role: 'user', ...flatten(message.content, path) }]
      case 'assistant':
        return [encodeAssistant(message.content, context, toolNames)]
      case 'tool':
        return message.results.map(({ callId, content, isError }) => {
          const name = toolNames.get(callId)
          const flat = flatten(content, path)
          return {
            role: 'tool',
            ...flat,
            content: isError ? `Error: ${flat.content}` : flat.content,
            ...(name === undefined ? {} : { tool_name: name }),
            tool_call_id: callId,
          }
        })
    }
  })
}

function encodeAssistant(
  parts: readonly AssistantPart[],
  { names, adapted }: MessageContext,
  toolNames: Map<string, string>,
): JsonObject {
  const texts: string[] = []
  const thoughts: string[] = []
  const calls: JsonObject[] = []
  for (const part of parts) {
    if (part.type === 'tool-call') {
      const call = { ...part, name: names.of(part.name) }
      toolNames.set(part.id, call.name)
      calls.push(encodeToolCall(call) ?? withoutArguments(call, adapted))
    } else if (part.type === 'reasoning') {
      // Thoughts of another vendor's model are none of this one's (T24).
      if (part.origin === undefined && part.text !== '') thoughts.push(part.text)
    } else texts.push(part.text)
  }
  return {
    role: 'assistant',
    content: texts.join(''),
    ...(thoughts.length > 0 ? { thinking: thoughts.join('') } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
}

function withoutArguments({ id, name }: ToolCallPart, adapted: Set<string>): JsonObject {
  adapted.add('messages.tool_calls.arguments')
  return { id, function: { name, arguments: {} } }
}

function flatten(
  parts: readonly ContentPart[],
  path: readonly PropertyKey[],
): { content: string; images?: string[] } {
  const texts: string[] = []
  const images: string[] = []
  for (const [i, part] of parts.entries()) {
    const at = [...path, 'content', i]
    if (part.type === 'text') texts.push(part.text)
    else if (part.type === 'image') images.push(imageData(part.source, at))
    else if (part.type === 'document' && part.source.kind === 'text') texts.push(part.source.text)
    else throw refuse(`this provider does not take content of type ${part.type}`, at)
  }
  return { content: texts.join('\n'), ...(images.length > 0 ? { images } : {}) }
}

function imageData(source: MediaSource, path: readonly PropertyKey[]): string {
  if (source.kind === 'base64') return source.data
  throw refuse('this provider takes images as base64 data URLs only', path)
}
