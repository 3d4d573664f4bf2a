import type {
  AssistantPart,
  ContentPart,
  MediaSource,
  TextPart,
  ToolCallPart,
  ToolResult,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, parseJson } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import type { Encoding } from './encode-request.ts'
import { ownWire } from './foreign-reasoning.ts'
import { encodeCache } from './tools.ts'

export interface EncodedMessage {
  readonly role: 'user' | 'assistant'
  readonly content: JsonObject[]
}

/** A call of the history, and what came of it. */
interface Call {
  readonly id: string
  result: JsonObject | null
}

interface Turn extends EncodedMessage {
  /** Of an assistant's turn. */
  readonly calls: Call[]
}

/** There must be a user's turn, also where the caller has nothing to say (T32). */
const nothingToSay = '.'

/**
 * The conversation as Anthropic takes it: turns that alternate (T35), beginning with the user's; all results of a turn in the one after it,
 * before anything else there (T14); system messages in front, in their order (T31).
 */
export function encodeMessages(encoding: Encoding): {
  readonly system: JsonObject[]
  readonly messages: EncodedMessage[]
} {
  const { request, traits, target } = encoding
  const system: JsonObject[] = []
  const turns = createTurns(encoding)
  for (const message of request.messages) {
    switch (message.role) {
      case 'system':
        system.push(...encodeTexts(message.content))
        break
      case 'user':
        turns.user(message.content.map((part) => encodePart(part)))
        break
      case 'assistant':
        turns.assistant(message.content)
        break
      case 'tool':
        for (const result of message.results) turns.result(result)
        break
    }
  }
  const messages = turns.finished()
  if (messages.length === 0) {
    const last = system.pop()
    messages.push({ role: 'user', content: [last ?? { type: 'text', text: nothingToSay }] })
  } else if (messages[0]?.role === 'assistant') {
    messages.unshift({ role: 'user', content: [{ type: 'text', text: nothingToSay }] })
  }
  if (messages.at(-1)?.role === 'assistant' && traits.prefill === false) {
    const model = target.upstreamModel
    const problem = `The model ${model} does not continue a message of the assistant: the last message must be the user's`
    throw refuse(problem, ['messages'])
  }
  return { system, messages }
}

function createTurns({ ids, names, adapted }: Encoding) {
  const turns: Turn[] = []
  /** By the caller's id, its latest call. */
  const calls = new Map<string, Call>()
  let repeated = 0

  const turnOf = (role: EncodedMessage['role']): Turn => {
    const last = turns.at(-1)
    if (last?.role === role) return last
    const turn: Turn = { role, content: [], calls: [] }
    turns.push(turn)
    return turn
  }
  const encodeCall = (part: ToolCallPart, turn: Turn): JsonObject => {
    const input = part.arguments.trim() === '' ? {} : parseJson(part.arguments)
    if (!isObject(input)) adapted.add('messages.tool_calls.arguments')
    // Some vendors begin to count anew in every turn; here an id must not come twice.
    const isNew = !calls.has(part.id)
    const call: Call = {
      id: ids.of(isNew ? part.id : `${part.id}\0${String((repeated += 1))}`),
      result: null,
    }
    calls.set(part.id, call)
    turn.calls.push(call)
    return {
      type: 'tool_use',
      id: call.id,
      name: names.of(part.name),
      input: isObject(input) ? input : {},
      ...encodeCache(part.cache),
    }
  }
  return {
    user(blocks: readonly JsonObject[]): void {
      turnOf('user').content.push(...blocks)
    },
    assistant(parts: readonly AssistantPart[]): void {
      const turn = turnOf('assistant')
      for (const part of parts) {
        if (part.type === 'tool-call') turn.content.push(encodeCall(part, turn))
        else turn.content.push(...encodeAnswer(part))
      }
    },
    result(result: ToolResult): void {
      const turn = turnOf('user')
      const content = result.content.map((part) => encodePart(part))
      const call = calls.get(result.callId)
      // Of a call that nobody made, or that has its result: what it says is not lost, but it is no result.
      if (call?.result !== null) turn.content.push(...content)
      else call.result = encodeResult(call.id, result, content)
    },
    finished(): EncodedMessage[] {
      const messages: EncodedMessage[] = []
      const add = (role: EncodedMessage['role'], content: readonly JsonObject[]) => {
        if (content.length === 0) return
        const last = messages.at(-1)
        if (last?.role === role) last.content.push(...content)
        else messages.push({ role, content: [...content] })
      }
      for (const [i, turn] of turns.entries()) {
        const isLast = i === turns.length - 1
        const content = withoutBlanks(turn.content)
        add(turn.role, isLast && turn.role === 'assistant' ? trimmed(content) : content)
        const results = turn.calls.map((call) => call.result ?? missingResult(call.id))
        add('user', results)
      }
      return messages
    },
  }
}

function encodeResult(
  id: string,
  { isError, cache }: ToolResult,
  content: readonly JsonObject[],
): JsonObject {
  const kept = withoutBlanks(content)
  const [only] = kept
  const isText = kept.length === 1 && only?.['type'] === 'text' && !only['cache_control']
  return {
    type: 'tool_result',
    tool_use_id: id,
    ...(kept.length > 0 ? { content: isText ? only['text'] : kept } : {}),
    ...(isError ? { is_error: true } : {}),
    ...encodeCache(cache),
  }
}

function missingResult(id: string): JsonObject {
  const content = 'There is no result of this call.'
  return { type: 'tool_result', tool_use_id: id, content, is_error: true }
}

function encodeAnswer(part: Exclude<AssistantPart, ToolCallPart>): JsonObject[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text, ...encodeCache(part.cache) }]
  if (part.type === 'refusal') return [{ type: 'text', text: part.text }]
  // Thoughts of others, and thoughts that nobody vouches for, are refused (T24).
  if (part.origin !== ownWire) return []
  if (part.redacted !== undefined) return [{ type: 'redacted_thinking', data: part.redacted }]
  const { text: thinking, signature } = part
  return signature === undefined ? [] : [{ type: 'thinking', thinking, signature }]
}

function encodeTexts(parts: readonly TextPart[]): JsonObject[] {
  return withoutBlanks(
    parts.map(({ text, cache }) => ({ type: 'text', text, ...encodeCache(cache) })),
  )
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

/** Blank texts are refused (T33). A breakpoint on one of them moves to what stands before it (T54). */
function withoutBlanks(blocks: readonly JsonObject[]): JsonObject[] {
  const kept: JsonObject[] = []
  for (const block of blocks) {
    const { type, text, cache_control: breakpoint } = block
    if (type !== 'text' || typeof text !== 'string' || text.trim() !== '') {
      kept.push(block)
      continue
    }
    const before = kept.at(-1)
    if (breakpoint !== undefined && before && canBeMarked(before)) {
      before['cache_control'] ??= breakpoint
    }
  }
  return kept
}

function canBeMarked({ type }: JsonObject): boolean {
  return type !== 'thinking' && type !== 'redacted_thinking'
}

/** White space at the end of a last text of the assistant is refused, too (T33). */
function trimmed(blocks: readonly JsonObject[]): JsonObject[] {
  const last = blocks.at(-1)
  if (last?.['type'] !== 'text') return [...blocks]
  return [...blocks.slice(0, -1), { ...last, text: String(last['text']).trimEnd() }]
}
