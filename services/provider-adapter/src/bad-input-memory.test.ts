import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'

/*
 * What a provider sends can be anything. It ends as an error with a row in the books, and it never takes more memory than this, whatever of it
 * there is. The memory is that of a process with nothing but a provider-adapter in it, looked at after every collection.
 */
const maxBytes = 32 * 1024 * 1024

const wires = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini',
  'ollama',
  'bedrock-converse',
  'bedrock-invoke',
] as const
type Wire = (typeof wires)[number]

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const each of cleanup.splice(0)) each()
})

/** Writes for ever, as fast as it is read. */
function flood(
  response: ServerResponse,
  start: string | Buffer,
  next: () => string | Buffer,
): void {
  response.write(start)
  const write = () => {
    while (!response.destroyed && response.write(next()));
  }
  response.on('drain', write)
  write()
}

const piece = 'x'.repeat(65_536)

/** A frame of Bedrock's that is whole. */
function frame(type: string, payload: string): Buffer {
  const name = Buffer.from(':event-type')
  const value = Buffer.from(type)
  const header = Buffer.alloc(name.length + value.length + 4)
  header.writeUInt8(name.length, 0)
  name.copy(header, 1)
  header.writeUInt8(7, 1 + name.length)
  header.writeUInt16BE(value.length, 2 + name.length)
  value.copy(header, 4 + name.length)
  const body = Buffer.from(payload)
  const whole = Buffer.alloc(12 + header.length + body.length + 4)
  whole.writeUInt32BE(whole.length, 0)
  whole.writeUInt32BE(header.length, 4)
  whole.writeUInt32BE(crc32(whole.subarray(0, 8)), 8)
  header.copy(whole, 12)
  body.copy(whole, 12 + header.length)
  whole.writeUInt32BE(crc32(whole.subarray(0, whole.length - 4)), whole.length - 4)
  return whole
}

const line = (wire: Wire, event: object): string | Buffer => {
  const text = JSON.stringify(event)
  if (wire === 'ollama') return `${text}\n`
  if (wire === 'bedrock-converse') return frame('contentBlockStart', text)
  return `data: ${text}\n\n`
}

/** Something is begun again and again, and never ended. */
const beginnings: Readonly<Record<Wire, (index: number) => object>> = {
  'openai-chat': (index) => ({
    choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: '{"a":' } }] } }],
  }),
  'openai-responses': (index) => ({
    type: 'response.output_item.added',
    output_index: index,
    item: { type: 'function_call', call_id: `c${String(index)}`, name: 'f', arguments: '' },
  }),
  'anthropic-messages': (index) => ({
    type: 'content_block_start',
    index,
    content_block: { type: 'thinking', thinking: '', signature: '' },
  }),
  gemini: (index) => ({
    candidates: [
      {
        content: {
          parts: [
            {
              functionCall: {
                ...(index === 0 ? { name: 'f' } : {}),
                partialArgs: [
                  { jsonPath: `$.a${String(index)}`, stringValue: 'x', willContinue: true },
                ],
                willContinue: true,
              },
            },
          ],
        },
      },
    ],
  }),
  ollama: (index) => ({
    message: { tool_calls: [{ function: { name: `f${String(index)}`, arguments: {} } }] },
    done: false,
  }),
  'bedrock-converse': (index) => ({
    contentBlockIndex: index,
    start: { toolUse: { toolUseId: `t${String(index)}`, name: 'f' } },
  }),
  'bedrock-invoke': (index) => ({ index }),
}

const garbage: Readonly<Record<string, (response: ServerResponse, wire: Wire) => void>> = {
  'an event of 10 MB': (response) => response.end(`data: {"a":"${'x'.repeat(10_000_000)}"}\n\n`),
  'a line that never ends': (response) => {
    flood(response, 'data: {"choices":[{"delta":{"content":"', () => piece)
  },
  'a body in braces that never ends': (response) => {
    flood(response, '{"choices":[{"message":{"content":"', () => piece)
  },
  'signs of life for ever': (response, wire) => {
    const sign = wire === 'ollama' ? '\n' : `: ${'still working '.repeat(20)}\n\n`
    flood(response, sign, () => sign.repeat(wire === 'ollama' ? 4_096 : 200))
  },
  'HTML without end': (response) => {
    flood(response, '<html><body>', () => `<p>${piece}</p>\n`)
  },
  'an error in a 200': (response) =>
    response.end('{"error":{"message":"Out of order","code":500}}'),
  'invalid UTF-8 without end': (response) => {
    flood(response, 'data: "', () => Buffer.alloc(65_536, 0xfe))
  },
  'beginnings without an end': (response, wire) => {
    let index = 0
    flood(response, wire === 'ollama' ? '\n' : wire.startsWith('bedrock') ? '' : ':\n\n', () => {
      const events = Array.from({ length: 200 }, () =>
        Buffer.from(line(wire, beginnings[wire](index++))),
      )
      return Buffer.concat(events)
    })
  },
}

/** Answers the first call with nothing, then with each kind of garbage. */
async function serve(wire: Wire): Promise<string> {
  const nothing = (response: ServerResponse) => response.end('data: nothing\n\n')
  const coming = [nothing, ...Object.values(garbage)].values()
  let answer: (response: ServerResponse, wire: Wire) => unknown = nothing
  const server = createServer((request, response) => {
    request.resume()
    if (request.url?.endsWith('/next') === true) {
      answer = coming.next().value ?? nothing
      response.end()
      return
    }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.flushHeaders()
    answer(response, wire)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanup.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/v1`
}

interface Outcome {
  readonly state: string
  readonly status: number
  readonly estimated: boolean
  readonly kept: number
  readonly rss: number
}

const probe = fileURLToPath(new URL('../test/support/memory-probe.ts', import.meta.url))

async function measure(wire: Wire, form: 'stream' | 'plain'): Promise<Outcome[]> {
  const url = await serve(wire)
  const args = ['--conditions=@sluice/source', '--max-semi-space-size=1', probe]
  const count = Object.keys(garbage).length
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...args,
    url,
    wire,
    String(count),
    form,
  ])
  const lines = stdout.trim().split('\n')
  return lines.map((each) => JSON.parse(each) as Outcome)
}

const inMb = (bytes: number) => Math.round(bytes / 1024 / 1024)

describe('M-250: bad input is taken in bounded memory, and ends as a mapped error with an estimated row', () => {
  const cases = [
    ...wires.map((wire) => ['stream', wire] as const),
    // Plain replies are collected in the same way, whatever the wire.
    ['plain', 'openai-chat'] as const,
  ]
  test.each(cases)('asked for a %s answer in %s', async (form, wire) => {
    const outcomes = await measure(wire, form)
    const names = Object.keys(garbage)
    const wrong = outcomes.flatMap((outcome, i) => {
      const { state, status, estimated, kept, rss } = outcome
      const isMapped = (state === 'failed' || state === 'expired') && status >= 500
      const isBounded = kept < maxBytes && rss < maxBytes
      const took = { kept: inMb(kept), rss: inMb(rss) }
      return isMapped && isBounded && estimated ? [] : [{ kind: names[i], ...outcome, ...took }]
    })
    expect(outcomes).toHaveLength(names.length)
    expect(wrong).toEqual([])
  })
})
