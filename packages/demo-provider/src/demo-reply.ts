import { type DemoRequest, type DemoTool, fingerprint } from './demo-request.ts'
import { argumentsFor, sampleOf } from './sample.ts'

/** A model's answer before it takes on a dialect. */
export interface DemoReply {
  /** The text's tokens; each but the first begins with its blank. */
  readonly tokens: readonly string[]
  readonly toolCalls: readonly DemoToolCall[]
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter'
  readonly promptTokens: number
  /** Of all answers together. */
  readonly completionTokens: number
  readonly fingerprint: string
  /** The answers after this one; absent where one was asked for. */
  readonly others?: readonly DemoReply[]
}

export interface DemoToolCall {
  readonly id: string
  readonly name: string
  /** JSON text, in the pieces in which it is streamed. */
  readonly pieces: readonly string[]
}

const words = (
  'the water rises behind the gate and waits until the level is right then the keeper turns the wheel so that a boat may pass ' +
  'each lock holds one answer at a time and lets it go downstream whole never twice and never half while the river keeps its record'
).split(' ')

/** The answer to a request: the same for the same request, always. Tests predict each token with it. */
export function expectedReply(request: DemoRequest): DemoReply {
  const [first, ...others] = repliesTo(request)
  if (others.length === 0) return first
  const completionTokens = others.reduce(
    (sum, reply) => sum + reply.completionTokens,
    first.completionTokens,
  )
  return { ...first, completionTokens, others }
}

/** Each answer by itself, with its own count of tokens. */
export function repliesTo(request: DemoRequest): [DemoReply, ...DemoReply[]] {
  const more = Array.from({ length: (request.choices ?? 1) - 1 }, (_, index) =>
    replyTo(request, [...request.texts, `answer ${String(index + 2)}`]),
  )
  return [replyTo(request, request.texts), ...more]
}

/** The answers of a call, in the order of their places. */
export function answersIn(reply: DemoReply): readonly DemoReply[] {
  return [reply, ...(reply.others ?? [])]
}

/** `marked`: what the words are made from. */
function replyTo(request: DemoRequest, marked: readonly string[]): DemoReply {
  const mark = fingerprint(marked)
  const promptTokens = Math.max(
    1,
    Math.ceil(request.texts.reduce((sum, text) => sum + text.length, 0) / 4),
  )
  const toolCalls = toolCallsOf(request, mark)
  if (toolCalls.length > 0) {
    const completionTokens = toolCalls.reduce((sum, call) => sum + call.pieces.length, 0)
    return {
      tokens: [],
      toolCalls,
      finishReason: 'tool_calls',
      promptTokens,
      completionTokens,
      fingerprint: mark,
    }
  }
  const wanted = textTokens(request, mark)
  const cut = request.maxTokens !== null && wanted.length > request.maxTokens
  const tokens = cut ? wanted.slice(0, request.maxTokens ?? 0) : wanted
  return {
    tokens,
    toolCalls: [],
    finishReason: finishReason(request, cut),
    promptTokens,
    completionTokens: tokens.length,
    fingerprint: mark,
  }
}

function toolCallsOf(request: DemoRequest, mark: string): DemoToolCall[] {
  const { mustCall } = request
  if (mustCall) {
    const pieces = json(sampleOf(mustCall.schema, `demo ${mark}`))
    return [{ id: `call_${mark}_0`, name: mustCall.name, pieces }]
  }
  if (request.model !== 'demo/tools' || request.toolsAnswered === true) return []
  return request.tools.map((tool, index) => toolCall(tool, index, mark))
}

function finishReason({ scenario }: DemoRequest, cut: boolean): DemoReply['finishReason'] {
  if (scenario === 'refusal') return 'content_filter'
  return cut || scenario === 'length' ? 'length' : 'stop'
}

/** What a call that asks for reasoning is told of it, whatever it asked. */
export const thoughts: readonly string[] = ['What', ' is', ' wanted?']

function textTokens(request: DemoRequest, mark: string): string[] {
  if (request.schema !== undefined) return json(sampleOf(request.schema, `demo ${mark}`))
  return request.model === 'demo/echo' ? echo(request) : chat(mark, request.pace.tokens)
}

function json(value: unknown): string[] {
  return JSON.stringify(value).match(/.{1,8}/gsu) ?? []
}

const opening = ['This', ' is', ' the', ' demo', ' model:']

/** The opening, then words from a place that the fingerprint chooses. */
function chat(mark: string, count: number): string[] {
  const start = Number.parseInt(mark, 16)
  const tokens: string[] = []
  for (let index = 0; index < count; index++) {
    const word = words[(start + index) % words.length] ?? ''
    tokens.push(opening[index] ?? ` ${word}`)
  }
  return tokens
}

function echo(request: DemoRequest): string[] {
  const last = request.texts.at(-1) ?? ''
  return last.match(/\s*\S+/g) ?? []
}

function toolCall({ name, schema }: DemoTool, index: number, mark: string): DemoToolCall {
  const text = JSON.stringify(argumentsFor(schema, `${name} ${mark}`, index))
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += 8) pieces.push(text.slice(at, at + 8))
  return { id: `call_${mark}_${String(index)}`, name, pieces }
}
