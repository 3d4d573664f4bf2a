import { expect, test } from '@jest/globals'
import {
  type AssistantPart,
  type CanonicalRequest,
  efforts,
  type Message,
  noSampling,
  type ToolResult,
} from '@sluice/wire/canonical-request'
import { plainRequest } from '@sluice/wire-testing/samples'
import fc from 'fast-check'
import { decodeRequest } from './decode-request.ts'
import { encodeRequest } from './encode-request.ts'
import { parseRequest } from './parse-request.ts'

const words = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
/** What may stand in a block: nothing blank, and no white space at its end. */
const said = words.map((value) => `${value}.`)
const text = said.map((value) => ({ type: 'text' as const, text: value }))
/** Without the keys that the edge refuses. */
const name = fc.stringMatching(/^[a-zA-Z0-9-]{1,64}$/).filter((each) => !(each in {}))
const value = fc.dictionary(name, fc.oneof(words, fc.integer(), fc.constant([]), fc.boolean()), {
  maxKeys: 3,
  noNullPrototype: true,
})
const image = fc.oneof(
  fc.record({ kind: fc.constant('url' as const), url: fc.webUrl() }),
  fc.record({ kind: fc.constant('file' as const), id: name }),
  fc.record({
    kind: fc.constant('base64' as const),
    mediaType: fc.constant('image/png'),
    data: fc.base64String({ minLength: 4 }),
  }),
)
const content = fc.array(
  fc.oneof(
    text,
    image.map((source) => ({ type: 'image' as const, source })),
  ),
  { minLength: 1, maxLength: 3 },
)
const thought = fc.record({
  type: fc.constant('reasoning' as const),
  text: fc.string({ maxLength: 10 }),
  signature: fc.base64String({ minLength: 4 }),
  origin: fc.constant('anthropic-messages' as const),
})
const result = fc.record({ content, isError: fc.boolean() })

/** One round of a conversation: a question, thoughts and an answer, calls and what came of them. */
const round = fc.record({
  question: content,
  thoughts: fc.array(thought, { maxLength: 2 }),
  answer: text,
  calls: fc.array(fc.tuple(name, value, result), { maxLength: 3 }),
})

const conversation = fc
  .array(round, { minLength: 1, maxLength: 3 })
  .chain((rounds) => fc.tuple(fc.constant(rounds), fc.option(said, { nil: null })))
  .map(([rounds, system]): Message[] => {
    const messages: Message[] = []
    if (system !== null)
      messages.push({ role: 'system', content: [{ type: 'text', text: system }] })
    let count = 0
    for (const { question, thoughts, answer, calls } of rounds) {
      messages.push({ role: 'user', content: question })
      const parts: AssistantPart[] = [...thoughts, answer]
      const results: ToolResult[] = []
      for (const [called, input, given] of calls) {
        const id = `toolu_${String((count += 1))}`
        parts.push({ type: 'tool-call', id, name: called, arguments: JSON.stringify(input) })
        results.push({ callId: id, ...given })
      }
      messages.push({ role: 'assistant', content: parts })
      if (results.length > 0) messages.push({ role: 'tool', results })
    }
    return messages
  })

const tool = fc.record({
  type: fc.constant('function' as const),
  name,
  description: fc.option(said, { nil: null }),
  parameters: value.map((properties) => ({ type: 'object', properties, required: [] })),
  strict: fc.option(fc.boolean(), { nil: null }),
})

const request: fc.Arbitrary<CanonicalRequest> = fc
  .record({
    messages: conversation,
    tools: fc.uniqueArray(tool, { minLength: 1, maxLength: 3, selector: (each) => each.name }),
    toolChoice: fc.constantFrom(null, { type: 'auto' as const }, { type: 'none' as const }),
    maxTokens: fc.integer({ min: 1, max: 200_000 }),
    stop: fc.array(said, { maxLength: 3 }),
    user: fc.option(said, { nil: null }),
    serviceTier: fc.constantFrom(null, 'auto', 'default'),
    effort: fc.option(fc.constantFrom(...efforts.filter((each) => each !== 'minimal')), {
      nil: null,
    }),
    temperature: fc.option(fc.constantFrom(0, 0.25, 1), { nil: null }),
  })
  .map(({ effort, temperature, ...rest }) => ({
    ...plainRequest,
    ...rest,
    // A model that thinks takes no temperature.
    sampling: {
      ...noSampling,
      temperature: effort === null || effort === 'none' ? temperature : null,
    },
    reasoning: effort === null ? null : { effort, budgetTokens: null, visible: null },
  }))

test('any request that Anthropic can be asked comes back as it was', () => {
  const traits = { thinking: 'adaptive', structuredOutput: 'native' } as const
  fc.assert(
    fc.property(request, (asked) => {
      const target = { upstreamModel: asked.model, stream: asked.stream, maxTokens: null, traits }
      const { body, adapted } = encodeRequest(asked, target)
      expect(adapted).toEqual([])
      expect(parseRequest(body).model).toBe(asked.model)
      expect(decodeRequest(body)).toEqual(asked)
    }),
    { numRuns: 100 },
  )
})
