import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import {
  createAddressOf,
  networkOf,
  parseRange,
  plainAddress,
  rangeMatcher,
} from './client-address.ts'

function from(peer: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage
}

describe('M-032: the client’s address', () => {
  const addressOf = createAddressOf(['10.0.0.0/8', '2001:db8:ffff::/48'])

  test.each([
    ['an untrusted peer says what it likes', '192.0.2.1', '127.0.0.1', '192.0.2.1'],
    ['a proxy says who called it', '10.0.0.1', '192.0.2.7', '192.0.2.7'],
    [
      'what the client wrote before it does not count',
      '10.0.0.1',
      '127.0.0.1, 192.0.2.7',
      '192.0.2.7',
    ],
    ['proxies behind proxies', '10.0.0.1', '192.0.2.7, 10.0.0.9, 2001:db8:ffff::5', '192.0.2.7'],
    ['a peer in IPv6 clothes', '::ffff:10.0.0.1', '::ffff:192.0.2.7', '192.0.2.7'],
    ['with ports', '10.0.0.1', '192.0.2.7:5123', '192.0.2.7'],
    ['IPv6 with a port', '10.0.0.1', '[2001:db8::1]:80', '2001:db8::1'],
    ['garbage ends the chain', '10.0.0.1', '192.0.2.7, unknown, 10.0.0.9', '10.0.0.9'],
    ['nothing but proxies', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
    ['an empty header', '10.0.0.1', '', '10.0.0.1'],
    ['no header', '10.0.0.1', undefined, '10.0.0.1'],
  ])('%s', (_, peer, forwarded, client) => {
    expect(addressOf(from(peer, forwarded))).toBe(client)
  })

  test('S-13: without trusted proxies the header means nothing', () => {
    expect(createAddressOf([])(from('127.0.0.1', '10.0.0.1'))).toBe('127.0.0.1')
  })
})

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['2001:DB8::1', '2001:db8::1'],
])('%s is %s', (written, plain) => {
  expect(plainAddress(written)).toBe(plain)
})

test('M-067: ranges of both families, mapped ones, single addresses', () => {
  const matches = rangeMatcher([
    '10.0.0.0/8',
    '::ffff:192.0.2.0/120',
    '2001:db8::/33',
    '198.51.100.7',
  ])
  const inside = ['10.255.0.1', '192.0.2.200', '2001:db8:7fff::1', '198.51.100.7']
  const outside = ['11.0.0.1', '192.0.3.1', '2001:db8:8000::1', '198.51.100.8', '', 'x', '::1']
  expect(inside.filter((address) => !matches(address))).toEqual([])
  expect(outside.filter(matches)).toEqual([])
})

test.each([
  '10.0.0.0/33',
  '10.0.0/8',
  '2001:db8::/129',
  '::ffff:10.0.0.0/8',
  'localhost',
  '',
  '10.0.0.1/-1',
  '010.0.0.1',
])('%s is no range', (text) => {
  expect(parseRange(text)).toBeNull()
  expect(rangeMatcher([text])('10.0.0.1')).toBe(false)
})

test('S-144: a /64 of IPv6 is one caller', () => {
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(networkOf('2001:db8:1:2::6')).toBe('2001:db8:1:2::/64')
  expect(networkOf('2001:db8::6')).toBe('2001:db8:0:0::/64')
  expect(networkOf('::1')).toBe('0:0:0:0::/64')
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
})
