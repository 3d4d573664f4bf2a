import { partText, upstreamModel } from '../marker.ts'
import { type Answers, chunked, sseHead } from './answers.ts'

const usage = {
  input_tokens: 96,
  output_tokens: 64,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
}
const message = { id: 'msg_bench', type: 'message', role: 'assistant', model: upstreamModel }

function plainReply(nonce: string): string {
  const body = JSON.stringify({
    ...message,
    content: [{ type: 'text', text: `${nonce} ${'lorem ipsum '.repeat(65)}` }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  })
  return (
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n' +
    `content-length: ${String(body.length)}\r\n\r\n${body}`
  )
}

function event(body: { readonly type: string; readonly [member: string]: unknown }): string {
  return `event: ${body.type}\ndata: ${JSON.stringify(body)}\n\n`
}

const begin = {
  ...message,
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { ...usage, output_tokens: 1 },
}
const opening =
  event({ type: 'message_start', message: begin }) +
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } })

const template = event({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: '########' },
}).split('########') as [string, string]

const stopped = { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }
const end =
  event({ type: 'content_block_stop', index: 0 }) +
  event({ type: 'message_delta', ...stopped }) +
  event({ type: 'message_stop' })

/** Anthropic's Messages: what a gateway translates for callers of chat completions. */
export const messagesAnswers: Answers = {
  plainReply,
  streamHead: sseHead + chunked(opening),
  streamPart: (nonce, index, micros) =>
    chunked(template[0] + partText(nonce, index, micros) + template[1]),
  streamEnd: () => `${chunked(end)}0\r\n\r\n`,
}
