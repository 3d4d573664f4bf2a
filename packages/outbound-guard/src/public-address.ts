import { BlockList, isIP } from 'node:net'

type Subnet = readonly [network: string, prefix: number]

/**
 * IPv4 that is not public unicast (IANA's special-purpose registry, October 2026, and multicast). Ranges that serve a private network; those
 * that lead to the machine's own metadata are in `neverV4`.
 */
const privateV4: readonly Subnet[] = [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
]

const neverV4: readonly Subnet[] = [
  ['0.0.0.0', 8],
  ['100.100.100.200', 32], // metadata of Alibaba Cloud
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

const privateV6: readonly Subnet[] = [
  ['::1', 128],
  ['fc00::', 7],
]

/** Of IPv6 only global unicast is public, but for what embeds an IPv4 address (6to4, Teredo) or documents. Mapped and NAT64 forms lie outside of it. */
const globalV6: Subnet = ['2000::', 3]
const neverV6: readonly Subnet[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['fd00:ec2::', 32], // metadata of Amazon EC2
]

const v4 = { private: blockList('ipv4', privateV4), never: blockList('ipv4', neverV4) }
const v6 = {
  private: blockList('ipv6', privateV6),
  never: blockList('ipv6', neverV6),
  global: blockList('ipv6', [globalV6]),
}

/** Whether an address (no name) may be connected to. */
export function mayConnect(address: string, blockPrivateNetwork: boolean): boolean {
  // Zones (`fe80::1%eth0`) belong to link-local addresses.
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 4) {
    if (v4.never.check(address, 'ipv4')) return false
    return !(blockPrivateNetwork && v4.private.check(address, 'ipv4'))
  }
  if (family === 6) {
    if (v6.never.check(address, 'ipv6')) return false
    if (v6.private.check(address, 'ipv6')) return !blockPrivateNetwork
    return v6.global.check(address, 'ipv6')
  }
  return false
}

function blockList(type: 'ipv4' | 'ipv6', subnets: readonly Subnet[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, type)
  return list
}
