import { createCallMatcher } from '@sluice/wire/call-matcher'
import type {
  AssistantPart,
  ContentPart,
  Message,
  ToolResult,
} from '@sluice/wire/canonical-request'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'
import { refuse } from '@sluice/wire/read-body'
import { listMember, member, objectMember, textOf } from './member.ts'

type Matcher = ReturnType<typeof createCallMatcher>

export function decodeSystem(value: unknown): Message[] {
  const text =
    typeof value === 'string'
      ? value
      : listMember(value, 'parts')
          .map((part) => textOf(member(part, 'text')))
          .join('\n\n')
  return text === '' ? [] : [{ role: 'system', content: [{ type: 'text', text }] }]
}

/** A list, one content alone, or a mere text: Google takes all three. */
export function decodeContents(value: unknown): Message[] {
  if (typeof value === 'string') return [{ role: 'user', content: [{ type: 'text', text: value }] }]
  const matcher = createCallMatcher()
  const contents = Array.isArray(value) ? (value as unknown[]) : [value]
  return contents.flatMap((content, position): Message[] => {
    const parts = listMember(content, 'parts').filter((part) => isObject(part))
    const path = ['contents', position, 'parts']
    return member(content, 'role') === 'model'
      ? [{ role: 'assistant', content: parts.flatMap((part) => decodeAnswer(part, matcher)) }]
      : decodeUser(parts, matcher, path)
  })
}

/** Results stand in the user's turn; in the canonical form they have their own. */
function decodeUser(
  parts: readonly JsonObject[],
  matcher: Matcher,
  path: readonly PropertyKey[],
): Message[] {
  const results: ToolResult[] = []
  const content: ContentPart[] = []
  for (const [i, part] of parts.entries()) {
    const response = objectMember(part, 'functionResponse')
    if (response) results.push(decodeResult(response, matcher))
    else content.push(decodePart(part, [...path, i]))
  }
  return [
    ...(results.length > 0 ? [{ role: 'tool' as const, results }] : []),
    ...(content.length > 0 ? [{ role: 'user' as const, content }] : []),
  ]
}

/** `error` and `output` are Google's names; any other object is the output as a whole. */
function decodeResult(response: JsonObject, matcher: Matcher): ToolResult {
  const callId = matcher.resultId(stringOrNull(response['id']), stringOrNull(response['name']))
  const given = isObject(response['response']) ? response['response'] : {}
  const isError = 'error' in given && !('output' in given)
  const said = isError ? given['error'] : 'output' in given ? given['output'] : given
  const text = typeof said === 'string' ? said : JSON.stringify(said)
  return { callId, content: [{ type: 'text', text }], isError }
}

function decodePart(part: JsonObject, path: readonly PropertyKey[]): ContentPart {
  if (typeof part['text'] === 'string') return { type: 'text', text: part['text'] }
  const inline = objectMember(part, 'inlineData')
  const file = objectMember(part, 'fileData')
  const mediaType = textOf(member(inline ?? file, 'mimeType'))
  if (inline && mediaType.startsWith('audio/')) {
    return { type: 'audio', data: textOf(inline['data']), format: mediaType.slice(6) }
  }
  const type = mediaType.startsWith('image/') ? 'image' : 'document'
  if (inline) {
    return { type, source: { kind: 'base64', mediaType, data: textOf(inline['data']) } }
  }
  const url = stringOrNull(member(file, 'fileUri'))
  if (url === null)
    throw refuse('this kind of part is not taken by the model behind this name', path)
  return { type, source: { kind: 'url', url } }
}

/** Parts of an answer, in a conversation or in a reply. Pictures and code that was run are not part of the canonical form. */
export function decodeAnswer(part: JsonObject, matcher: Pick<Matcher, 'callId'>): AssistantPart[] {
  const { text } = part
  const signature = stringOrNull(member(part, 'thoughtSignature'))
  const call = objectMember(part, 'functionCall')
  if (call) {
    const name = stringOrNull(call['name'])
    if (name === null) return []
    const id = matcher.callId(stringOrNull(call['id']), name)
    const args = isObject(call['args']) ? JSON.stringify(call['args']) : '{}'
    const signed = signature === null ? {} : { signature }
    return [{ type: 'tool-call', id, name, arguments: args, ...signed }]
  }
  const opaque = signature === null ? {} : { signature, origin: 'gemini' as const }
  if (typeof text !== 'string' || text === '') {
    return signature === null ? [] : [{ type: 'reasoning', text: '', ...opaque }]
  }
  if (part['thought'] === true) return [{ type: 'reasoning', text, ...opaque }]
  const said: AssistantPart = { type: 'text', text }
  return signature === null ? [said] : [said, { type: 'reasoning', text: '', ...opaque }]
}
