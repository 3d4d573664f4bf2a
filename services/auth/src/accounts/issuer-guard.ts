import type { Clock } from '@sluice/kernel/clock'
import {
  createOutboundGuard,
  type OutboundGuard,
  type OutboundGuardOptions,
} from '@sluice/outbound-guard'
import type { CustomFetch } from 'openid-client'

export interface IssuerGuardOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly maxBytes: number
  /** `host` or `host:port` that may be private beside it. */
  readonly allowedHosts?: readonly string[]
  /** The system's unless given. */
  readonly resolve?: OutboundGuardOptions['resolve'] | undefined
}

/** For what an issuer serves. Its own address is the operator's word and may be private; any other that it names or redirects to must be public. */
export function createIssuerGuard(url: string, options: IssuerGuardOptions): OutboundGuard {
  const { clock, timeoutMs, maxBytes, allowedHosts = [], resolve } = options
  const { hostname, port, protocol } = new URL(url)
  const own = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`
  const policy = {
    allowedHosts: [own, ...allowedHosts],
    blockPrivateNetwork: true,
    timeoutMs,
    maxBytes,
  }
  return createOutboundGuard({ policy, clock, ...(resolve && { resolve }) })
}

/** The guard in place of `fetch`. */
export function fetchThrough(guard: OutboundGuard): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    const reply = await guard.fetch(url, {
      method: method === 'POST' ? 'POST' : 'GET',
      headers,
      ...(body == null ? {} : { body: await bytesOf(body) }),
      ...(signal ? { signal } : {}),
    })
    const replied = Object.entries(reply.headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((each): [string, string] => [name, each]),
    )
    return new Response(reply.status === 204 ? null : new Uint8Array(reply.body), {
      status: reply.status,
      headers: replied,
    })
  }
}

async function bytesOf(body: NonNullable<RequestInit['body']>): Promise<Buffer> {
  return Buffer.from(await new Response(body).arrayBuffer())
}
