import type {
  AssistantPart,
  CacheBreakpoint,
  ContentPart,
  MediaSource,
  Message,
  TextPart,
  ToolResult,
} from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import type { createToolCallIds, createToolNames } from '@sluice/wire/tool-identity'

export interface InputContext {
  readonly ids: ReturnType<typeof createToolCallIds>
  readonly names: ReturnType<typeof createToolNames>
}

/** Every part of the conversation as an item, in its place. */
export function encodeInput(messages: readonly Message[], context: InputContext): JsonObject[] {
  return messages.flatMap((message) => encodeMessage(message, context))
}

function encodeMessage(message: Message, context: InputContext): JsonObject[] {
  switch (message.role) {
    case 'system':
    case 'user':
      return [{ role: message.role, content: encodeContent(message.content) }]
    case 'assistant':
      return encodeAssistant(message.content, context)
    case 'tool':
      return message.results.map((result) => encodeResult(result, context))
  }
}

/** What was said without a break is one message; reasoning that this wire did not make is of no use to it (T24). */
function encodeAssistant(parts: readonly AssistantPart[], context: InputContext): JsonObject[] {
  const items: JsonObject[] = []
  let said: JsonObject[] | null = null
  for (const part of parts) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        if (said === null) items.push({ role: 'assistant', content: (said = []) })
        said.push(encodeSaid(part))
        continue
      case 'tool-call': {
        const { name, arguments: json } = part
        const callId = context.ids.of(part.id)
        items.push({
          type: 'function_call',
          call_id: callId,
          name: context.names.of(name),
          arguments: json,
        })
        break
      }
      case 'reasoning': {
        const { text, redacted, id, origin } = part
        // Without its encrypted form a thought is looked up by its id, which a call in another dialect never has.
        if (origin !== 'openai-responses' || (redacted === undefined && id === undefined)) continue
        items.push({
          type: 'reasoning',
          ...(id === undefined ? {} : { id }),
          summary: text === '' ? [] : [{ type: 'summary_text', text }],
          ...(redacted === undefined ? {} : { encrypted_content: redacted }),
        })
        break
      }
    }
    said = null
  }
  return items
}

function encodeSaid(part: Extract<AssistantPart, { type: 'text' | 'refusal' }>): JsonObject {
  if (part.type === 'refusal') return { type: 'refusal', refusal: part.text }
  return { type: 'output_text', text: part.text, annotations: [], ...encodeCache(part) }
}

/** A result has no error flag here: its text says it (T18). */
function encodeResult({ callId, content, isError }: ToolResult, context: InputContext): JsonObject {
  const flagged = isError ? flagError(content) : content
  const [only] = flagged
  const isText = flagged.length === 1 && only?.type === 'text' && only.cache === undefined
  return {
    type: 'function_call_output',
    call_id: context.ids.of(callId),
    output: isText ? only.text : flagged.length === 0 ? '' : flagged.map(encodePart),
  }
}

function flagError(content: readonly ContentPart[]): ContentPart[] {
  const [first, ...rest] = content
  if (first?.type === 'text') return [{ ...first, text: `Error: ${first.text}` }, ...rest]
  return [{ type: 'text', text: 'Error' }, ...content]
}

function encodeContent(parts: readonly ContentPart[]): JsonObject[] {
  return parts.map(encodePart)
}

function encodePart(part: ContentPart): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text, ...encodeCache(part) }
    case 'image': {
      // A breakpoint on an image is refused (T39).
      const { source, detail } = part
      const named = source.kind === 'file' ? { file_id: source.id } : { image_url: urlOf(source) }
      return { type: 'input_image', ...named, ...(detail === undefined ? {} : { detail }) }
    }
    case 'audio':
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format } }
    case 'document': {
      const { source, title } = part
      if (source.kind === 'text') return { type: 'input_text', text: source.text }
      const filename = title ?? (source.kind === 'base64' ? 'document' : undefined)
      return {
        type: 'input_file',
        ...(filename === undefined ? {} : { filename }),
        ...encodeFile(source),
      }
    }
  }
}

function encodeFile(source: MediaSource): JsonObject {
  if (source.kind === 'file') return { file_id: source.id }
  return source.kind === 'url' ? { file_url: source.url } : { file_data: urlOf(source) }
}

function urlOf(source: Exclude<MediaSource, { kind: 'file' }>): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`
}

const lifetimes: Readonly<Record<CacheBreakpoint, JsonObject>> = { '5m': {}, '1h': { ttl: '12h' } }

/** T54. */
function encodeCache({ cache }: TextPart): JsonObject {
  if (cache === undefined) return {}
  return { prompt_cache_breakpoint: { mode: 'explicit', ...lifetimes[cache] } }
}
