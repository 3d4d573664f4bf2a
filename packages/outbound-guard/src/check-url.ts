import { isIP } from 'node:net'
import { GatewayError } from '@sluice/kernel/errors'
import { outboundErrors } from './errors.ts'
import type { OutboundPolicy } from './outbound-guard.ts'
import { mayConnect } from './public-address.ts'

/** Where web servers listen; any other port takes an entry of the allow-list. */
const webPorts = new Set(['', '80', '443', '8080', '8443'])

/** No server name is longer, and no URL worth fetching. */
const maxLength = 8_192

/** A URL checked by its text alone: no packet is sent for one that is refused. */
export function checkUrl(text: string, policy: OutboundPolicy): URL {
  if (text.length > maxLength) throw refusal('the URL is too long')
  // The parser drops tabs and newlines, and a backslash becomes a slash: what was checked must be what was written.
  if (/[\p{Cc}\s\\]/u.test(text)) throw refusal('the URL holds a character that none may')
  const url = URL.parse(text)
  if (url === null) throw refusal('not a URL')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refusal('only http and https')
  if (url.username !== '' || url.password !== '') throw refusal('the URL holds a credential')
  if (isAllowedHost(url, policy)) return url
  if (!webPorts.has(url.port)) throw refusal(`port ${url.port}`)
  const host = hostOf(url)
  // The parser has turned `2130706433`, `0x7f.1` and `①②⑦.⓪.⓪.①` into dotted quads by now.
  if (isIP(host) !== 0 && !mayConnect(host, policy.blockPrivateNetwork)) throw refusal()
  return url
}

/** The operator vouches for it: no address check. */
export function isAllowedHost(url: URL, { allowedHosts }: OutboundPolicy): boolean {
  const host = hostOf(url)
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  return allowedHosts.some((allowed) => {
    const entry = allowed.toLowerCase()
    return entry === host || entry === `${host}:${port}` || entry === `[${host}]:${port}`
  })
}

export function refusal(reason = 'its address is not public'): GatewayError {
  const message = `${outboundErrors.outbound_refused.title}: ${reason}`
  return new GatewayError(outboundErrors.outbound_refused, message)
}

/** Without brackets and the dot that ends a full name. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}
