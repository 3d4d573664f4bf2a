import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import type { Clock } from '@sluice/kernel/clock'
import { checkUrl } from './check-url.ts'
import { checkedLookup, guardedFetch } from './guarded-fetch.ts'

/** Fetches what a tenant names by URL. Everything it refuses, or that goes wrong, is a 400 of `outboundErrors`. */
export interface OutboundGuard {
  /** By its text alone, without a packet: what can be said where a URL is taken in, long before it is used. */
  check(url: string): URL
  /** For connections that others make to a URL that passed: resolves its name, and refuses when one address of it is not public. */
  lookup(url: URL): LookupFunction
  fetch(url: string, options?: OutboundOptions): Promise<OutboundReply>
}

export interface OutboundPolicy {
  /** `host` or `host:port` that pass all checks of the address. */
  readonly allowedHosts: readonly string[]
  /** False lets private ranges through; never link-local, metadata and reserved ones. */
  readonly blockPrivateNetwork: boolean
  /** A fetch with all its redirects. */
  readonly timeoutMs: number
  readonly maxBytes: number
}

export interface OutboundOptions {
  readonly method?: 'GET' | 'POST'
  /** Sent to the origin of the URL, and to no other that it redirects to. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Less than the policy's. */
  readonly maxBytes?: number
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface OutboundReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
  /** Where it came from, after redirects. */
  readonly url: URL
}

export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

export interface OutboundGuardOptions {
  readonly policy: OutboundPolicy
  readonly clock: Clock
  /** All addresses of a name; the system's resolver unless given. */
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>
}

export function createOutboundGuard({
  policy,
  clock,
  resolve = (hostname) => lookup(hostname, { all: true }),
}: OutboundGuardOptions): OutboundGuard {
  return {
    check: (url) => checkUrl(url, policy),
    lookup: (url) => checkedLookup(url, { policy, resolve }),
    fetch: (url, options = {}) => guardedFetch(url, options, { policy, clock, resolve }),
  }
}
