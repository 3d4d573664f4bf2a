import type {
  AssistantPart,
  ContentPart,
  MediaSource,
  Message,
  ReasoningPart,
  TextPart,
  ToolCallPart,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { type AnsweredCall, turnsOf } from '@sluice/wire/turns'
import type { Encoding } from './encode-request.ts'
import { ownWire } from './foreign-reasoning.ts'
import { encodeCache } from './tools.ts'

export interface EncodedMessage {
  readonly role: 'user' | 'assistant'
  readonly content: JsonObject[]
}

/**
 * The conversation as Anthropic takes it: turns that alternate, beginning with the user's, all results of a turn in the one after it, before
 * anything else there; system messages in front (T14, T31, T32, T33, T35).
 */
export function encodeMessages(encoding: Encoding): {
  readonly system: JsonObject[]
  readonly messages: EncodedMessage[]
} {
  const { request, traits, target } = encoding
  const { system, turns } = turnsOf(moveBreakpoints(request.messages), isOwn)
  const ids = createIds(encoding)
  const messages = turns.map((turn): EncodedMessage => {
    if (turn.role === 'assistant') {
      const content = turn.content.map((part) => encodeAnswer(part, encoding, ids))
      return { role: turn.role, content }
    }
    const results = turn.results.map((answer) => encodeResult(answer, ids))
    return {
      role: turn.role,
      content: [...results, ...turn.content.map((part) => encodePart(part))],
    }
  })
  const last = messages.at(-1)
  if (last?.role === 'assistant') {
    if (traits.prefill === false) {
      const model = target.upstreamModel
      const problem = `The model ${model} does not continue a message of the assistant: the last message must be the user's`
      throw refuse(problem, ['messages'])
    }
    trimEnd(last)
  }
  return { system: system.map((part) => encodePart(part)), messages }
}

/** Thoughts of others, and thoughts that nobody vouches for, are refused (T24). */
function isOwn({ origin, signature, redacted }: ReasoningPart): boolean {
  return origin === ownWire && (signature !== undefined || redacted !== undefined)
}

type Ids = (call: ToolCallPart) => string

/** Some vendors begin to count anew in every turn; here an id must not come twice (T11). */
function createIds({ ids }: Encoding): Ids {
  const known = new Map<ToolCallPart, string>()
  const given = new Set<string>()
  return (call) => {
    const before = known.get(call)
    if (before !== undefined) return before
    const isNew = !given.has(call.id)
    const id = ids.of(isNew ? call.id : `${call.id}\0${String(known.size)}`)
    given.add(call.id)
    known.set(call, id)
    return id
  }
}

function encodeResult({ call, content, isError, cache }: AnsweredCall, ids: Ids): JsonObject {
  const kept = content.filter((part) => part.type !== 'text' || part.text.trim() !== '')
  const [only] = kept
  const isText = kept.length === 1 && only?.type === 'text' && only.cache === undefined
  return {
    type: 'tool_result',
    tool_use_id: ids(call),
    ...(kept.length > 0
      ? { content: isText ? only.text : kept.map((part) => encodePart(part)) }
      : {}),
    ...(isError ? { is_error: true } : {}),
    ...encodeCache(cache),
  }
}

function encodeAnswer(part: AssistantPart, { names, adapted }: Encoding, ids: Ids): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...encodeCache(part.cache) }
    case 'refusal':
      return { type: 'text', text: part.text }
    case 'reasoning': {
      const { text: thinking, signature, redacted } = part
      if (redacted !== undefined) return { type: 'redacted_thinking', data: redacted }
      return { type: 'thinking', thinking, signature }
    }
    case 'tool-call': {
      const input = part.arguments.trim() === '' ? {} : parseJson(part.arguments)
      if (!isObject(input)) adapted.add('messages.tool_calls.arguments')
      return {
        type: 'tool_use',
        id: ids(part),
        name: names.of(part.name),
        input: isObject(input) ? input : {},
        ...encodeCache(part.cache),
      }
    }
  }
}

function encodePart(part: ContentPart): JsonObject {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text, ...encodeCache(part.cache) }
    case 'image':
      return { type: 'image', source: encodeSource(part.source), ...encodeCache(part.cache) }
    case 'audio':
      throw refuse('The model behind this name does not take audio', ['messages'])
    case 'document': {
      const { source, title, cache } = part
      const encoded =
        source.kind === 'text'
          ? { type: 'text', media_type: 'text/plain', data: source.text }
          : encodeSource(source)
      const named = title === undefined ? {} : { title }
      return { type: 'document', source: encoded, ...named, ...encodeCache(cache) }
    }
  }
}

function encodeSource(source: MediaSource): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'url':
      return { type: 'url', url: source.url }
    case 'file':
      return { type: 'file', file_id: source.id }
  }
}

type Part = ContentPart | AssistantPart

/** A breakpoint on a blank text, which is left out, moves to what stands before it (T54). */
function moveBreakpoints(messages: readonly Message[]): Message[] {
  const moved: Message[] = []
  for (const message of messages) {
    if (message.role === 'tool' || !message.content.some((part) => isBlankMark(part))) {
      moved.push(message)
      continue
    }
    let content: readonly Part[] = []
    for (const part of message.content) {
      const before = moved.at(-1)
      if (!isBlankMark(part)) content = [...content, part]
      else if (content.length > 0) content = markLast(content, part)
      else if (before?.role === message.role) {
        moved[moved.length - 1] = { ...before, content: markLast(before.content, part) } as Message
      }
    }
    moved.push({ ...message, content } as Message)
  }
  return moved
}

function isBlankMark(part: Part): part is TextPart {
  return part.type === 'text' && part.cache !== undefined && part.text.trim() === ''
}

function markLast(content: readonly Part[], { cache }: TextPart): readonly Part[] {
  const last = content.at(-1)
  const isTaken = !last || 'cache' in last || cache === undefined
  if (isTaken || last.type === 'audio' || last.type === 'reasoning' || last.type === 'refusal') {
    return content
  }
  return [...content.slice(0, -1), { ...last, cache }]
}

/** White space at the end of a last text of the assistant is refused (T33). */
function trimEnd({ content }: EncodedMessage): void {
  const last = content.at(-1)
  if (last?.['type'] === 'text') last['text'] = String(last['text']).trimEnd()
}
