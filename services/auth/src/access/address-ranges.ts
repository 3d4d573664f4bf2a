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
