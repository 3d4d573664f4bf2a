import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'

/** Whether an address, as `plainAddress` writes it, is in one of the ranges. */
export type InRanges = (address: string) => boolean

const cidr = /^([^/]+)(?:\/(\d{1,3}))?$/

/** Null = not an address range. */
export function parseRange(
  text: string,
): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | null {
  const [, written = '', length] = cidr.exec(text) ?? []
  const address = plainAddress(written)
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0) return null
  const most = family === 'ipv6' ? 128 : 32
  // Of a mapped address the first 96 bits only say that it is one.
  const mapped = family === 'ipv4' && isIPv6(written) ? 96 : 0
  const bits = length === undefined ? most : Number(length) - mapped
  return bits < 0 || bits > most ? null : { address, bits, family }
}

/** Of ranges in CIDR form, or single addresses. What is no range matches nothing: a list that cannot be read lets nobody in. */
export function rangeMatcher(ranges: readonly string[]): InRanges {
  const list = new BlockList()
  for (const range of ranges) {
    const parsed = parseRange(range)
    if (parsed) list.addSubnet(parsed.address, parsed.bits, parsed.family)
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

const mappedForm = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const mappedHex = /^(?:0*:){1,5}:?ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i

/** IPv4 in IPv6 clothes is IPv4; zones and brackets are nobody's address. */
export function plainAddress(address: string): string {
  const bare = address.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  const [, dotted] = mappedForm.exec(bare) ?? []
  if (dotted !== undefined) return dotted
  const [, high, low] = mappedHex.exec(bare) ?? []
  if (high === undefined || low === undefined) return bare.toLowerCase()
  const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex')
  return bytes.join('.')
}

export type AddressOf = (request: IncomingMessage) => string

const longestChain = 32

/**
 * Where a request comes from. What `X-Forwarded-For` says counts as far as proxies of ours wrote it: from its end, up to the first address that is
 * none of them. Everything before that is what its sender liked to write.
 */
export function createAddressOf(trustedProxies: readonly string[]): AddressOf {
  if (trustedProxies.length === 0) return peerOf
  const isProxy = rangeMatcher(trustedProxies)
  return (request) => {
    const peer = peerOf(request)
    const header = request.headers['x-forwarded-for']
    if (header === undefined || !isProxy(peer)) return peer
    const chain = (Array.isArray(header) ? header.join(',') : header)
      .split(',')
      .slice(-longestChain)
    let client = peer
    for (const each of chain.toReversed()) {
      const address = plainAddress(each.trim().replace(/^(\d+\.\d+\.\d+\.\d+|\[.*\]):\d+$/, '$1'))
      if (isIP(address) === 0) break
      client = address
      if (!isProxy(address)) break
    }
    return client
  }
}

function peerOf({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress ?? '')
}

/** Who shares an address: a household has a /64 of IPv6, and one address of it costs nothing. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [start = '', end] = address.split('::')
  const head = start === '' ? [] : start.split(':')
  const tail = end === undefined || end === '' ? [] : end.split(':')
  const zeros =
    end === undefined ? [] : Array.from({ length: 8 - head.length - tail.length }, () => '0')
  const groups = [...head, ...zeros, ...tail].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
