import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { ReplyParser } from './reply-parser.ts'

interface Reply {
  status: number
  body: string
  reusable: boolean
}

/** Feeds `wire` in pieces of the given sizes, repeated, and returns the replies that came out. */
function parse(wire: string, sizes: readonly number[], close = false): Reply[] {
  const replies: Reply[] = []
  let current = { status: 0, body: '' }
  const parser = new ReplyParser({
    onHead(status) {
      current = { status, body: '' }
    },
    onBody(bytes) {
      current.body += bytes.toString('latin1')
    },
    onEnd(reusable) {
      replies.push({ ...current, reusable })
    },
  })
  const bytes = Buffer.from(wire, 'latin1')
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    parser.push(Buffer.from(bytes.subarray(at, at + size)))
    at += size
  }
  if (close) parser.close()
  return replies
}

const wire =
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' +
  'HTTP/1.1 100 Continue\r\n\r\n' +
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nt: 1\r\n\r\n' +
  'HTTP/1.1 204 No Content\r\n\r\n' +
  'HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
const expected = [
  { status: 200, body: 'hello', reusable: true },
  { status: 200, body: 'hello, world', reusable: true },
  { status: 204, body: '', reusable: true },
  { status: 500, body: '', reusable: false },
]

test('finds the same replies however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
      expect(parse(wire, sizes)).toEqual(expected)
    }),
  )
})

test('a reply without length or chunks ends with its connection', () => {
  const replies = parse('HTTP/1.1 200 OK\r\n\r\nall of it', [4], true)
  expect(replies).toEqual([{ status: 200, body: 'all of it', reusable: false }])
})

test('a connection that closes in the middle of a reply ends nothing', () => {
  expect(parse('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', [9], true)).toEqual([])
})
