import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { chatAnswers } from '../upstream/answers.ts'
import { PlainCheck, StreamCheck, type AnswerCheck } from './answer-check.ts'
import { Connection } from './connection.ts'
import { Samples } from './samples.ts'

/** What a load generator would record for an answer that a server sends in these pieces and then closes. */
async function problemOf(check: AnswerCheck, answer: string): Promise<string | null> {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(answer))
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const endpoint = { host: '127.0.0.1', port, path: '/', headers: {}, model: '' }
  const connection = new Connection(endpoint)
  try {
    return await new Promise((resolve) => {
      connection.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'), { check, onDone: resolve })
    })
  } finally {
    connection.destroy('test over')
    server.close()
  }
}

const nonce = '00000007'
const { plainReply, streamHead, streamPart } = chatAnswers
const streamEnd = chatAnswers.streamEnd(false)
const plain = () => new PlainCheck(nonce)
const stream = () =>
  new StreamCheck(nonce, 3, { firstPart: new Samples(), partDelay: new Samples(), sentAt: 0 })
const parts = (...indexes: number[]) => indexes.map((index) => streamPart(nonce, index, 1)).join('')

test('takes a whole plain reply', async () => {
  expect(await problemOf(plain(), plainReply(nonce))).toBeNull()
})

test('takes a whole stream', async () => {
  expect(await problemOf(stream(), streamHead + parts(0, 1, 2) + streamEnd)).toBeNull()
})

test.each([
  ['an answer of another request', plain(), plainReply('00000008'), 'another request'],
  ['a cut reply', plain(), plainReply(nonce).slice(0, -10), 'closed in the middle'],
  ['a refusal', plain(), 'HTTP/1.1 429 No\r\ncontent-length: 4\r\n\r\nslow', 'status 429: slow'],
  ['a lost part', stream(), streamHead + parts(0, 2) + streamEnd, 'in the place of part 1'],
  ['a repeated part', stream(), streamHead + parts(0, 0, 1, 2) + streamEnd, 'in the place of'],
  [
    'a stream without its end',
    stream(),
    streamHead + parts(0, 1, 2) + '0\r\n\r\n',
    'without [DONE]',
  ],
  ['a short stream', stream(), streamHead + parts(0, 1) + streamEnd, '2 of 3 parts'],
  ['no HTTP', plain(), 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', 'not HTTP'],
])('names %s', async (_title, check, answer, problem) => {
  expect(await problemOf(check, answer)).toContain(problem)
})
