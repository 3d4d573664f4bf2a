import type {
  AssistantPart,
  CacheBreakpoint,
  ContentPart,
  Message,
  TextPart,
  ToolResult,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull, textOf } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { decodeReasoning, readSignature } from './opaque-parts.ts'

/** Results that follow one another are one message of the canonical form. */
export function decodeMessages(value: unknown): Message[] {
  const messages: Message[] = []
  for (const [position, message] of (Array.isArray(value) ? (value as unknown[]) : []).entries()) {
    if (!isObject(message)) continue
    const path = ['messages', position]
    const decoded = decodeMessage(message, path)
    const last = messages.at(-1)
    if (decoded.role === 'tool' && last?.role === 'tool') {
      messages[messages.length - 1] = { ...last, results: [...last.results, ...decoded.results] }
    } else messages.push(decoded)
  }
  return messages
}

function decodeMessage(message: JsonObject, path: readonly PropertyKey[]): Message {
  const { role, content } = message
  switch (role) {
    case 'system':
    case 'developer':
      return {
        role: 'system',
        content: decodeContent(content, path).filter((part) => isText(part)),
      }
    case 'assistant':
      return { role: 'assistant', content: decodeAssistant(message, path) }
    case 'tool':
    case 'function': {
      const callId = stringOrNull(message['tool_call_id']) ?? stringOrNull(message['name']) ?? ''
      const result: ToolResult = { callId, content: decodeContent(content, path), isError: false }
      return { role: 'tool', results: [result] }
    }
    default: {
      const name = stringOrNull(message['name'])
      const parts = decodeContent(content, path)
      return { role: 'user', content: parts, ...(name === null ? {} : { name }) }
    }
  }
}

function isText(part: ContentPart): part is TextPart {
  return part.type === 'text'
}

function decodeContent(content: unknown, path: readonly PropertyKey[]): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return []
  return (content as unknown[]).map((part, i) => decodePart(part, [...path, 'content', i]))
}

function decodePart(part: unknown, path: readonly PropertyKey[]): ContentPart {
  if (!isObject(part)) throw refuse('a content part must be an object', path)
  const cache = decodeCache(part)
  switch (part['type']) {
    case 'text':
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: textOf(part['text']), ...cache }
    case 'image_url':
    case 'input_image': {
      const { image_url: image } = part
      const url = isObject(image) ? image['url'] : image
      const detail = stringOrNull(isObject(image) ? image['detail'] : part['detail'])
      if (typeof url !== 'string') throw refuse('an image needs a url', [...path, 'image_url'])
      return {
        type: 'image',
        source: decodeUrl(url),
        ...(detail === null ? {} : { detail }),
        ...cache,
      }
    }
    case 'input_audio': {
      const { input_audio: audio } = part
      const { data, format } = isObject(audio) ? audio : {}
      return { type: 'audio', data: textOf(data), format: stringOrNull(format) ?? 'wav' }
    }
    case 'file': {
      const file = isObject(part['file']) ? part['file'] : {}
      const { file_data: data, file_id: id } = file
      const title = stringOrNull(file['filename'])
      const named = title === null ? {} : { title }
      if (typeof data === 'string') {
        return { type: 'document', source: decodeUrl(data), ...named, ...cache }
      }
      if (typeof id === 'string') {
        return { type: 'document', source: { kind: 'file', id }, ...named, ...cache }
      }
      throw refuse('a file needs file_data or file_id', [...path, 'file'])
    }
    default: {
      const type = stringOrNull(part['type']) ?? 'unknown'
      throw refuse(`the model behind this name does not take content of type ${type}`, [
        ...path,
        'type',
      ])
    }
  }
}

const dataUrl = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i

function decodeUrl(
  url: string,
): { kind: 'base64'; mediaType: string; data: string } | { kind: 'url'; url: string } {
  const data = dataUrl.exec(url)
  if (!data) return { kind: 'url', url }
  return { kind: 'base64', mediaType: data[1] ?? '', data: url.slice(data[0].length) }
}

/** Anthropic's marker, which clients of this dialect send for Claude models. */
function decodeCache(part: JsonObject): { cache?: CacheBreakpoint } {
  const { cache_control: control } = part
  if (!isObject(control)) return {}
  return { cache: control['ttl'] === '1h' ? '1h' : '5m' }
}

function decodeAssistant(message: JsonObject, path: readonly PropertyKey[]): AssistantPart[] {
  const parts: AssistantPart[] = decodeReasoning(message)
  const { content, refusal, tool_calls: calls } = message
  if (typeof content === 'string') {
    if (content !== '') parts.push({ type: 'text', text: content })
  } else if (Array.isArray(content)) {
    for (const [i, part] of (content as unknown[]).entries()) {
      if (isObject(part) && part['type'] === 'refusal') {
        parts.push({ type: 'refusal', text: textOf(part['refusal']) })
      } else {
        const decoded = decodePart(part, [...path, 'content', i])
        if (isText(decoded)) parts.push(decoded)
      }
    }
  }
  if (typeof refusal === 'string' && refusal !== '') parts.push({ type: 'refusal', text: refusal })
  for (const call of Array.isArray(calls) ? (calls as unknown[]) : []) {
    const decoded = isObject(call) ? decodeCall(call) : null
    if (decoded) parts.push(decoded)
  }
  const { function_call: legacy } = message
  if (isObject(legacy)) {
    const decoded = decodeCall({ id: legacy['name'], function: legacy })
    if (decoded) parts.push(decoded)
  }
  return parts
}

function decodeCall(call: JsonObject): AssistantPart | null {
  const called = isObject(call['function']) ? call['function'] : null
  if (!called) return null
  const signature = readSignature(call)
  return {
    type: 'tool-call',
    id: stringOrNull(call['id']) ?? '',
    name: textOf(called['name']),
    arguments: textOf(called['arguments']),
    ...(signature === null ? {} : { signature }),
  }
}
