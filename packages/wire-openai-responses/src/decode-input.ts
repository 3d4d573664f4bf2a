import type {
  AssistantPart,
  CacheBreakpoint,
  ContentPart,
  MediaSource,
  Message,
  TextPart,
  ToolResult,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/parse-body'
import { readSignature } from '@sluice/wire-openai-chat/opaque-parts'
import { decodeReasoning } from './reasoning-item.ts'
import { textOf } from './text-of.ts'

type Path = readonly PropertyKey[]

/**
 * Items as messages: what the model said, called and thought between two turns of others is one message, results that follow one another are
 * another. Items of tools that the vendor runs itself mean nothing to other wires and are left out with those tools.
 */
export function decodeInput(input: unknown): Message[] {
  if (typeof input === 'string') return [{ role: 'user', content: [{ type: 'text', text: input }] }]
  const messages: Message[] = []
  for (const [i, item] of (Array.isArray(input) ? (input as unknown[]) : []).entries()) {
    if (!isObject(item)) continue
    const message = decodeItem(item, ['input', i])
    if (message) append(messages, message)
  }
  return messages
}

function append(messages: Message[], message: Message): void {
  const last = messages.at(-1)
  if (last?.role === 'assistant' && message.role === 'assistant') {
    messages[messages.length - 1] = { ...last, content: [...last.content, ...message.content] }
  } else if (last?.role === 'tool' && message.role === 'tool') {
    messages[messages.length - 1] = { ...last, results: [...last.results, ...message.results] }
  } else messages.push(message)
}

function decodeItem(item: JsonObject, path: Path): Message | null {
  switch (item['type'] ?? (item['role'] === undefined ? 'item_reference' : 'message')) {
    case 'message':
      return decodeMessage(item, path)
    case 'function_call':
      return said(call(item, textOf(item['arguments'])))
    case 'custom_tool_call':
      return said(call(item, JSON.stringify({ input: item['input'] })))
    case 'reasoning':
      return said(decodeReasoning(item))
    case 'function_call_output':
    case 'custom_tool_call_output': {
      const content = decodeContent(item['output'], [...path, 'output'])
      const result: ToolResult = { callId: textOf(item['call_id']), content, isError: false }
      return { role: 'tool', results: [result] }
    }
    case 'item_reference':
      throw refuse(`Item with id '${String(item['id'])}' not found.`, [...path, 'id'])
    default:
      return null
  }
}

function said(part: AssistantPart): Message {
  return { role: 'assistant', content: [part] }
}

function call(item: JsonObject, json: string): AssistantPart {
  const id = stringOrNull(item['call_id']) ?? ''
  const signature = readSignature(item)
  const said = { type: 'tool-call', id, name: textOf(item['name']), arguments: json } as const
  return signature === null ? said : { ...said, signature }
}

function decodeMessage(item: JsonObject, path: Path): Message {
  const at = [...path, 'content']
  switch (item['role']) {
    case 'system':
    case 'developer':
      return { role: 'system', content: decodeContent(item['content'], at).filter(isText) }
    case 'assistant':
      return { role: 'assistant', content: decodeSaid(item['content'], at) }
    default:
      return { role: 'user', content: decodeContent(item['content'], at) }
  }
}

/** Content of a message of the assistant. */
export function decodeSaid(content: unknown, path: Path): AssistantPart[] {
  if (!Array.isArray(content)) return decodeContent(content, path).filter(isText)
  return (content as unknown[]).flatMap((part, i): AssistantPart[] => {
    if (isObject(part) && part['type'] === 'refusal') {
      return [{ type: 'refusal', text: textOf(part['refusal']) }]
    }
    return [decodePart(part, [...path, i])].filter(isText)
  })
}

function isText(part: ContentPart): part is TextPart {
  return part.type === 'text'
}

function decodeContent(content: unknown, path: Path): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) return []
  return (content as unknown[]).map((part, i) => decodePart(part, [...path, i]))
}

function decodePart(part: unknown, path: Path): ContentPart {
  if (!isObject(part)) throw refuse('a content part must be an object', path)
  const cache = decodeCache(part)
  switch (part['type']) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: textOf(part['text']), ...cache }
    case 'input_image': {
      const detail = stringOrNull(part['detail'])
      const source = decodeSource(part, 'image_url')
      if (!source) throw refuse('an image needs image_url or file_id', [...path, 'image_url'])
      return { type: 'image', source, ...(detail === null ? {} : { detail }), ...cache }
    }
    case 'input_file': {
      const title = stringOrNull(part['filename'])
      const source = decodeSource(part, 'file_data') ?? decodeSource(part, 'file_url')
      if (!source) throw refuse('a file needs file_data, file_url or file_id', path)
      return { type: 'document', source, ...(title === null ? {} : { title }), ...cache }
    }
    case 'input_audio': {
      const audio = isObject(part['input_audio']) ? part['input_audio'] : part
      return {
        type: 'audio',
        data: textOf(audio['data']),
        format: textOf(audio['format']) || 'wav',
      }
    }
    default: {
      const type = String(part['type'])
      const message = `the model behind this name does not take content of type ${type}`
      throw refuse(message, [...path, 'type'])
    }
  }
}

const dataUrl = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i

function decodeSource(part: JsonObject, member: string): MediaSource | null {
  const url = stringOrNull(part[member])
  const id = stringOrNull(part['file_id'])
  if (url === null) return id === null ? null : { kind: 'file', id }
  const data = dataUrl.exec(url)
  if (!data) return { kind: 'url', url }
  return { kind: 'base64', mediaType: data[1] ?? '', data: url.slice(data[0].length) }
}

function decodeCache({ prompt_cache_breakpoint: breakpoint }: JsonObject): {
  cache?: CacheBreakpoint
} {
  if (!isObject(breakpoint)) return {}
  return { cache: breakpoint['ttl'] === '12h' ? '1h' : '5m' }
}
