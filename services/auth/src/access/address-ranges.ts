import { BlockList, isIP } from 'node:net'

interface Range {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  readonly bits: number
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. Null = it is none of them, in the strictest reading: no zone, no leading zero, no empty part. */
function parseRange(text: string): Range | null {
  const [address = '', length, ...more] = text.split('/')
  const version = isIP(address)
  if (version === 0 || more.length > 0 || address.includes('%')) return null
  const most = version === 4 ? 32 : 128
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (length === undefined) return { address, family, bits: most }
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > most) return null
  return { address, family, bits: Number(length) }
}

export function isRange(text: string): boolean {
  return parseRange(text) !== null
}

/** Whether the address of a range has a bit behind its length: whoever wrote it may have meant one host, or the whole network. */
export function hasHostBits(text: string): boolean {
  const range = parseRange(text)
  if (range === null) return false
  const bits = bytesOf(range).map((byte) => byte.toString(2).padStart(8, '0'))
  return bits.join('').slice(range.bits).includes('1')
}

function bytesOf({ address, family }: Range): number[] {
  if (family === 'ipv4') return address.split('.').map(Number)
  // As URLs write it: no dotted end.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const [first, last] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return [...first, ...zeros, ...last].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** Whether whoever may come from `inner` may come from `outer`, too. What cannot be read covers nothing. Null = anywhere. */
export function rangesCover(
  outer: readonly string[] | null,
  inner: readonly string[] | null,
): boolean {
  if (outer === null) return true
  if (inner === null) return false
  const ranges = outer.map(parseRange)
  return inner.every((text) => {
    const range = parseRange(text)
    return range !== null && ranges.some((each) => each !== null && holds(each, range))
  })
}

function holds(outer: Range, inner: Range): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false
  const list = new BlockList()
  list.addSubnet(outer.address, outer.bits, outer.family)
  return list.check(inner.address, inner.family)
}
