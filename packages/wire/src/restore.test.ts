import { describe, expect, test } from '@jest/globals'
import type { PartDecoder, StreamPart } from './canonical-reply.ts'
import type { AssistantPart } from './canonical-request.ts'
import { restoreReply, RestoringDecoder } from './restore.ts'
import { asStreamParts, collectParts } from './stream-parts.ts'
import type { ReplyHints } from './wire-format.ts'

const call = (name: string, text = '{}'): AssistantPart => ({
  type: 'tool-call',
  id: `call_${name}`,
  name,
  arguments: text,
})

/** Gives the parts of an answer one by one. */
function decoderOf(content: readonly AssistantPart[]): PartDecoder {
  const parts: StreamPart[] = asStreamParts(content)
  return {
    done: false,
    push: () => {
      const part = parts.shift()
      return part ? [part] : []
    },
    end: () => ({ ok: true, parts, finish: { reason: 'tool_calls' }, usage: null }),
  }
}

function restoredBoth(content: readonly AssistantPart[], hints: ReplyHints) {
  const plain = restoreReply({ content, finish: { reason: 'tool_calls' }, usage: null }, hints)
  const decoder = new RestoringDecoder(decoderOf(content), hints)
  const parts = [...decoder.push(Buffer.of()), ...decoder.push(Buffer.of())]
  const end = decoder.end()
  if (!end.ok) throw new Error('the decoder failed')
  parts.push(...end.parts)
  expect(collectParts(parts)).toEqual(plain.content)
  expect(end.finish).toEqual(plain.finish)
  const indexes = parts.flatMap((part) => (part.type === 'tool-call' ? [part.index] : []))
  expect(indexes).toEqual(indexes.map((_, i) => i))
  return plain
}

describe('an answer as if the request had been sent as written, plain and streamed', () => {
  test('T12 the names of tools', () => {
    const hints = { toolNames: new Map([['a_b', 'a.b']]) }
    expect(restoredBoth([call('a_b'), call('c')], hints)).toMatchObject({
      content: [{ name: 'a.b' }, { name: 'c' }],
      finish: { reason: 'tool_calls' },
    })
  })

  test('T21 the schema tool is the text of the answer, and ends it; beside it, calls stay calls', () => {
    const hints = { schemaTool: 'answer' }
    expect(restoredBoth([call('answer', '{"city":"Lima"}')], hints)).toEqual({
      content: [{ type: 'text', text: '{"city":"Lima"}' }],
      finish: { reason: 'stop' },
      usage: null,
    })
    expect(restoredBoth([call('answer', '{"x":1}'), call('f')], hints)).toMatchObject({
      content: [{ type: 'text' }, { type: 'tool-call', name: 'f' }],
      finish: { reason: 'tool_calls' },
    })
  })
})
