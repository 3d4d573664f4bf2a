import { partText, replyBytes, upstreamModel } from '../marker.ts'

/** What the upstream says in one dialect, as the bytes of HTTP. */
export interface Answers {
  /** The whole reply to a call that does not stream. */
  readonly plainReply: (nonce: string) => string
  /** Head of a stream, and what comes before its first part. */
  readonly streamHead: string
  /** One streamed part as one HTTP chunk. */
  readonly streamPart: (nonce: string, index: number, micros: number) => string
  /** Everything after the last part, in one write. */
  readonly streamEnd: (withUsage: boolean) => string
}

const usage = { prompt_tokens: 96, completion_tokens: 64, total_tokens: 160 }

function plainBody(nonce: string, padding: number): string {
  return JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1_767_225_600,
    model: upstreamModel,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: `${nonce} ${'lorem ipsum '.repeat(100).slice(0, padding)}`,
        },
        finish_reason: 'stop',
      },
    ],
    usage,
  })
}
const paddingChars = replyBytes - plainBody('00000000', 0).length

const plainHead =
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n' +
  `content-length: ${String(replyBytes)}\r\n\r\n`
const plainParts = plainBody('########', paddingChars).split('########') as [string, string]

/** The whole HTTP reply to a call that does not stream: always `replyBytes` of body. */
function plainReply(nonce: string): string {
  return plainHead + plainParts[0] + nonce + plainParts[1]
}

export const sseHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n'

export function chunked(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

function event(choices: readonly unknown[], extra: object): string {
  const body = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_767_225_600,
    model: upstreamModel,
    system_fingerprint: 'fp_bench0',
    choices,
    ...extra,
  }
  return `data: ${JSON.stringify(body)}\n\n`
}

const template = event(
  [{ index: 0, delta: { content: '########' }, logprobs: null, finish_reason: null }],
  {},
).split('########') as [string, string]

/** One streamed part, about 210 bytes, as one HTTP chunk. */
function streamPart(nonce: string, index: number, micros: number): string {
  return chunked(template[0] + partText(nonce, index, micros) + template[1])
}

const finish = event([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], {})
const done = 'data: [DONE]\n\n'

/** Finish reason, usage where the caller asked for it, `[DONE]`. */
const streamEnd = `${chunked(finish + done)}0\r\n\r\n`
const streamEndWithUsage = `${chunked(finish + event([], { usage }) + done)}0\r\n\r\n`

export const chatAnswers: Answers = {
  plainReply,
  streamHead: sseHead,
  streamPart,
  streamEnd: (withUsage) => (withUsage ? streamEndWithUsage : streamEnd),
}

export const notFound = 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n'
