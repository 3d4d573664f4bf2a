import { describe, expect, test } from '@jest/globals'
import type { LogEntry, Terminal } from '@sluice/contracts/generation/log-entry'
import { noUsage } from '@sluice/contracts/usage'
import type { StreamPart } from '@sluice/wire/canonical-reply'
import type { WireFormat } from '@sluice/wire/wire-format'
import { anthropicMessages } from '@sluice/wire-anthropic-messages'
import { openAiChat } from '@sluice/wire-openai-chat'
import { openAiCompletions } from '@sluice/wire-openai-completions'
import { openAiResponses } from '@sluice/wire-openai-responses'
import { readAnswer } from './read-answer.ts'

const dialects = [openAiChat, openAiResponses, anthropicMessages]
const requestId = '01890000-0000-7000-8000-000000000001'
const edits = {
  model: 'fast',
  includeUsage: false,
  requestId,
  created: 1,
  maxEventBytes: 1_000_000,
  request: null,
}
const end: Terminal = {
  state: 'completed',
  finishReason: 'tool_calls',
  error: null,
  usage: noUsage,
  amountNanoUsd: 0,
}

function logOf({ name: wire }: WireFormat, ...data: (string | Buffer)[]): LogEntry[] {
  const head = { wire, provider: 'p', model: 'm', reason: 'model; m', attempt: 1, adapted: [] }
  return data.map((each, i) => ({
    epoch: 1,
    seq: i + 1,
    head: i === 0 ? head : null,
    data: Buffer.from(each),
    end: i === data.length - 1 ? end : null,
  }))
}

const text = 'żółw\nand more'
const tool_calls = [{ id: 'call_1', name: 'find', arguments: '{"a":"\\n"}' }]
const said = { role: 'assistant', content: text, tool_calls }
const pieces: StreamPart[][] = [
  [{ type: 'reasoning', text: 'hm' }],
  [
    { type: 'text', text: 'żółw\n' },
    { type: 'text', text: 'and more' },
  ],
  [{ type: 'tool-call', index: 0, id: 'call_1', name: 'find' }],
  [
    { type: 'tool-arguments', index: 0, text: '{"a":' },
    { type: 'tool-arguments', index: 0, text: '"\\n"}' },
  ],
]
const whole = { requestId, stream: true, isCut: false }

describe('what a log says', () => {
  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
    'a stream in %s: text and calls, not the thoughts',
    (_, dialect) => {
      const encoder = dialect.createPartEncoder(edits)
      const entries = pieces.map((parts) => encoder.encode(parts).join('\n'))
      entries.push(encoder.end({ reason: 'tool_calls' }, null).join('\n'))
      expect(readAnswer(logOf(dialect, ...entries), whole)).toEqual({
        choices: [said],
        finishReason: 'tool_calls',
      })
      // Broken off: what was said until then.
      const cut = readAnswer(logOf(dialect, ...entries.slice(0, 2), ''), { ...whole, isCut: true })
      expect(cut.choices).toEqual([{ role: 'assistant', content: text, truncated: true }])
    },
  )

  test.each(dialects.map((dialect) => [dialect.name, dialect] as const))(
    'a plain answer in %s',
    (_, dialect) => {
      const reply = {
        content: [
          { type: 'text', text: 'żółw\nand more' },
          { type: 'tool-call', id: 'call_1', name: 'find', arguments: '{"a":"\\n"}' },
        ],
        finish: { reason: 'tool_calls' },
        usage: null,
      } as const
      const entries = logOf(dialect, dialect.encodeReply(reply, edits))
      expect(readAnswer(entries, { ...whole, stream: false }).choices).toEqual([said])
    },
  )

  test('each of several answers', () => {
    const choices = ['a', 'b'].map((text, index) => ({ index, text, finish_reason: 'stop' }))
    const entries = logOf(openAiCompletions, JSON.stringify({ object: 'text_completion', choices }))
    const read = readAnswer(entries, { ...whole, stream: false })
    expect(read.choices.map(({ content }) => content)).toEqual(['a', 'b'])
  })

  test.each([true, false])('garbage is an answer without a text (stream: %s)', (stream) => {
    const nothing = {
      choices: [{ role: 'assistant', content: '' }],
      finishReason: 'tool_calls',
    }
    expect(readAnswer(logOf(openAiChat, '}{'), { ...whole, stream })).toEqual(nothing)
    expect(readAnswer([], { ...whole, stream })).toEqual({ ...nothing, finishReason: null })
  })
})
