import type {
  AssistantPart,
  ContentPart,
  DocumentPart,
  MediaSource,
  Message,
  ReasoningPart,
  TextPart,
  ToolResult,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { decodeForeign, isForeign, ownWire } from './foreign-reasoning.ts'
import { decodeCache } from './tools.ts'

/** A line of Claude Code's own bookkeeping, different in every call: it would only keep other providers from caching what follows it. */
const billingHeader = 'x-anthropic-billing-header:'

export function decodeMessages(system: unknown, messages: unknown): Message[] {
  const decoded: Message[] = []
  const opening = texts(system).filter(({ text }) => !text.startsWith(billingHeader))
  if (opening.length > 0) decoded.push({ role: 'system', content: opening })
  for (const message of list(messages)) decoded.push(...decodeMessage(message))
  return decoded
}

function decodeMessage({ role, content }: JsonObject): Message[] {
  if (role === 'system') return [{ role, content: texts(content) }]
  if (role === 'assistant') return [{ role, content: decodeAnswer(blocksOf(content)) }]
  const results: ToolResult[] = []
  const parts: ContentPart[] = []
  for (const block of blocksOf(content)) {
    if (block['type'] === 'tool_result') results.push(decodeResult(block))
    else parts.push(...decodePart(block))
  }
  return [
    ...(results.length > 0 ? [{ role: 'tool', results } as const] : []),
    ...(parts.length > 0 || results.length === 0
      ? [{ role: 'user', content: parts } as const]
      : []),
  ]
}

function decodeResult(block: JsonObject): ToolResult {
  return {
    callId: String(block['tool_use_id']),
    content: blocksOf(block['content']).flatMap((part) => decodePart(part)),
    isError: block['is_error'] === true,
    ...decodeCache(block),
  }
}

/** What a user or a tool says. A block of a type that only Anthropic knows is kept as its JSON: lost content misleads a model more (T18). */
function decodePart(block: JsonObject): ContentPart[] {
  const cache = decodeCache(block)
  switch (block['type']) {
    case 'text':
      return [{ type: 'text', text: String(block['text']), ...cache }]
    case 'image': {
      const source = decodeSource(block['source'])
      return source ? [{ type: 'image', source, ...cache }] : []
    }
    case 'document':
      return decodeDocument(block)
    case 'search_result': {
      const { title, source, content } = block
      const lines = [title, source].filter((line) => typeof line === 'string')
      const text = [...lines, ...texts(content).map((part) => part.text)].join('\n')
      return [{ type: 'text', text, ...cache }]
    }
    case 'container_upload':
      return []
    default:
      return [{ type: 'text', text: JSON.stringify(block), ...cache }]
  }
}

function decodeDocument(block: JsonObject): DocumentPart[] {
  const { source, title } = block
  const named = typeof title === 'string' ? { title } : {}
  const rest = { ...named, ...decodeCache(block) }
  if (isObject(source) && (source['type'] === 'text' || source['type'] === 'content')) {
    const { data, content } = source
    const text =
      typeof data === 'string'
        ? data
        : texts(content)
            .map((part) => part.text)
            .join('\n')
    return [{ type: 'document', source: { kind: 'text', text }, ...rest }]
  }
  const decoded = decodeSource(source)
  return decoded ? [{ type: 'document', source: decoded, ...rest }] : []
}

function decodeSource(source: unknown): MediaSource | null {
  if (!isObject(source)) return null
  const { type, media_type: mediaType, data, url, file_id: id } = source
  switch (type) {
    case 'base64':
      return { kind: 'base64', mediaType: String(mediaType), data: String(data) }
    case 'url':
      return { kind: 'url', url: String(url) }
    case 'file':
      return { kind: 'file', id: String(id) }
    default:
      return null
  }
}

/** What a model said: in the history of a request, and in a reply. What the provider's own tools did has no counterpart elsewhere (T22). */
export function decodeAnswer(blocks: readonly JsonObject[]): AssistantPart[] {
  return blocks.flatMap((block): AssistantPart[] => {
    switch (block['type']) {
      case 'text':
        return [{ type: 'text', text: wordsOf(block['text']), ...decodeCache(block) }]
      case 'thinking':
        return [decodeThinking(block)]
      case 'redacted_thinking':
        return [{ type: 'reasoning', text: '', redacted: String(block['data']), origin: ownWire }]
      case 'tool_use': {
        const { id, name, input, signature } = block
        const opaque = isForeign(signature) ? decodeForeign(signature).signature : undefined
        return [
          {
            type: 'tool-call',
            id: wordsOf(id),
            name: wordsOf(name),
            arguments: JSON.stringify(input ?? {}),
            ...(opaque === undefined ? {} : { signature: opaque }),
            ...decodeCache(block),
          },
        ]
      }
      case 'compaction': {
        // The summary stands for the conversation before it.
        const summary = stringOrNull(block['content'])
        return summary === null ? [] : [{ type: 'text', text: summary }]
      }
      default:
        return []
    }
  })
}

function decodeThinking(block: JsonObject): ReasoningPart {
  const text = wordsOf(block['thinking'])
  const signature = stringOrNull(block['signature'])
  if (signature === null) return { type: 'reasoning', text }
  if (isForeign(signature)) return { type: 'reasoning', text, ...decodeForeign(signature) }
  return { type: 'reasoning', text, signature, origin: ownWire }
}

function wordsOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function texts(content: unknown): TextPart[] {
  return blocksOf(content).flatMap((block): TextPart[] => {
    const { type, text } = block
    return type === 'text' && typeof text === 'string'
      ? [{ type, text, ...decodeCache(block) }]
      : []
  })
}

export function blocksOf(content: unknown): JsonObject[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : list(content)
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? (value as unknown[]).filter((item) => isObject(item)) : []
}
