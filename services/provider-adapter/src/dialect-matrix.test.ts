import { describe, expect, test } from '@jest/globals'
import type { AssistantPart, CanonicalRequest } from '@sluice/wire/canonical-request'
import { asStreamParts, collectParts } from '@sluice/wire/stream-parts'
import { conversionBetween } from '@sluice/wire/translate'
import type { ReplyEdits, TargetEdits, WireFormat } from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { gemini } from '@sluice/wire-gemini'
import { ollama } from '@sluice/wire-ollama'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiResponses } from '@sluice/wire-openai-responses'
import { framed } from '@sluice/wire-testing/framed'
import { answers, plainRequest, requests, usage } from '@sluice/wire-testing/samples'

const formats = [openAiChat, openAiResponses, anthropicMessages, gemini, ollama]
const pairs = formats.flatMap((caller) =>
  formats
    .filter((provider) => provider !== caller)
    .map((provider) => [caller.name, provider.name, caller, provider] as const),
)
const target: TargetEdits = {
  upstreamModel: 'fast-2',
  stream: true,
  maxTokens: null,
  traits: { defaultMaxTokens: 1_024 },
}
const edits: ReplyEdits = {
  model: 'acme/fast',
  includeUsage: true,
  requestId: '01a1ffac-62d5-734b-ae8d-fd3d4d969312',
  created: 1_790_000_000,
  maxEventBytes: 100_000,
  request: null,
}

/** What must come through whichever wire: words, calls with their arguments, results with their calls. Ids are each wire's own. */
function gistOfAnswer(content: readonly AssistantPart[]) {
  return content.flatMap((part): unknown[] => {
    switch (part.type) {
      case 'text':
        return [part.text]
      case 'tool-call':
        return [{ name: part.name, arguments: JSON.parse(part.arguments) as unknown }]
      case 'reasoning':
      case 'refusal':
        return []
    }
  })
}

function gistOfRequest(
  { messages, tools, toolChoice, responseFormat }: CanonicalRequest,
  schemaTool?: string,
) {
  const names = new Map<string, string>()
  return {
    said: messages.flatMap((message): unknown[] => {
      switch (message.role) {
        case 'assistant':
          for (const part of message.content) {
            if (part.type === 'tool-call') names.set(part.id, part.name)
          }
          return gistOfAnswer(message.content)
        case 'tool':
          return message.results.map(({ callId, content }) => [names.get(callId), content])
        case 'system':
        case 'user':
          return message.content.map((part) => (part.type === 'text' ? part.text : part.type))
      }
    }),
    // A wire that cannot demand one tool offers that one alone; one without structured output has a tool for it (T21).
    tools: tools
      .flatMap((tool) => (tool.type === 'function' && tool.name !== schemaTool ? [tool.name] : []))
      .filter((name) => toolChoice?.type !== 'tool' || toolChoice.name === name),
    hasSchema: responseFormat?.type === 'json-schema' || schemaTool !== undefined,
  }
}

describe.each(pairs)('a caller of %s, a provider of %s', (_from, _to, caller, provider) => {
  const conversion = conversionBetween(caller, provider)

  test.each(Object.entries(requests))('the request: %s', (_, request) => {
    const asked = caller.encodeRequest(request, { ...target, upstreamModel: request.model }).body
    const { body, hints } = conversion.encodeRequest(asked, target)
    const sent = { ...provider.decodeRequest(body), toolChoice: request.toolChoice }
    const meant = caller.decodeRequest(asked)
    expect(gistOfRequest(sent, hints?.schemaTool)).toEqual(
      gistOfRequest({ ...meant, toolChoice: request.toolChoice }),
    )
  })

  test('a plain question loses nothing, and says so', () => {
    const question = requests['text'] ?? plainRequest
    const asked = caller.encodeRequest(question, { ...target, upstreamModel: 'acme/fast' }).body
    expect(conversion.encodeRequest(asked, target).adapted).toEqual([])
  })

  test.each(Object.entries(answers))('the reply: %s', (_, content) => {
    const called = content.some(({ type }) => type === 'tool-call')
    const reason = called ? 'tool_calls' : 'stop'
    const sent = provider.encodeReply({ content, finish: { reason }, usage }, edits)
    const reply = conversion.decodeReply(sent, edits)
    const got = caller.decodeReply(reply.data, edits)
    expect(gistOfAnswer(got.content)).toEqual(gistOfAnswer(content))
    expect(reply).toMatchObject({ finishReason: reason, usage: { input_tokens: 30 } })
    expect(got.finish.reason).toBe(reason)
  })

  test.each(Object.entries(answers))('the stream: %s', (_, content) => {
    const called = content.some(({ type }) => type === 'tool-call')
    const reason = called ? 'tool_calls' : 'stop'
    const sent = streamOf(provider, content, reason)
    const decoder = conversion.createStreamDecoder(edits)
    const published = [...sent].flatMap((byte) => [...decoder.push(Buffer.of(byte))])
    const end = decoder.end()
    if (!end.ok) throw new Error(end.error.message)
    const reader = caller.createPartDecoder(edits)
    const parts = [...reader.push(framed(caller, [...published, ...end.events]))]
    const read = reader.end()
    expect(read).toMatchObject({ ok: true, finish: { reason }, usage: { output_tokens: 12 } })
    if (read.ok) parts.push(...read.parts)
    expect(gistOfAnswer(collectParts(parts))).toEqual(gistOfAnswer(content))
    expect(decoder.outputCharacters).toBeGreaterThan(0)
  })

  test('T46 an error of the provider inside a stream is one for the caller', () => {
    const error = { code: 'server_is_overloaded', status: 503, message: 'busy', retryable: true }
    const event = provider.encodeErrorEvent(error, edits.requestId, null)
    const decoder = conversion.createStreamDecoder(edits)
    decoder.push(framed(provider, [event]))
    const end = decoder.end()
    expect(end.ok).toBe(false)
    if (end.ok) return
    const body: unknown = JSON.parse(caller.encodeError(end.error, edits.requestId))
    expect(JSON.stringify(body)).toMatch(/busy|capacity|verload/)
  })
})

function streamOf(
  format: WireFormat,
  content: readonly AssistantPart[],
  reason: 'stop' | 'tool_calls',
): Buffer {
  const encoder = format.createPartEncoder(edits)
  const payloads = asStreamParts(content).flatMap((part) => encoder.encode([part]))
  return framed(format, [...payloads, ...encoder.end({ reason }, usage)])
}
