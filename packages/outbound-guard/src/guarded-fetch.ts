import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import { checkUrl, isAllowedHost, refusal } from './check-url.ts'
import { outboundErrors } from './errors.ts'
import type {
  OutboundOptions,
  OutboundPolicy,
  OutboundReply,
  ResolvedAddress,
} from './outbound-guard.ts'
import { mayConnect } from './public-address.ts'

interface FetchContext {
  readonly policy: OutboundPolicy
  readonly clock: Clock
  readonly resolve: (hostname: string) => Promise<readonly ResolvedAddress[]>
}

const maxRedirects = 3
const redirects = new Set([301, 302, 303, 307, 308])

export async function guardedFetch(
  text: string,
  options: OutboundOptions,
  context: FetchContext,
): Promise<OutboundReply> {
  const { policy, clock } = context
  const timeoutMs = Math.min(options.timeoutMs ?? policy.timeoutMs, policy.timeoutMs)
  const timeout = new AbortController()
  using _timer = clock.after(timeoutMs, () => {
    timeout.abort(new GatewayError(outboundErrors.outbound_timeout))
  })
  const signals = options.signal ? [timeout.signal, options.signal] : [timeout.signal]
  const signal = AbortSignal.any(signals)

  let url = checkUrl(text, policy)
  let sent: OutboundOptions = options
  for (let hops = 0; ; hops++) {
    const reply = await exchange(url, sent, signal, context)
    const location = reply.headers['location']
    if (!redirects.has(reply.status) || typeof location !== 'string') return reply
    if (hops === maxRedirects) throw refusal('it redirects too often')
    const next = checkUrl(URL.parse(location, url.href)?.href ?? '', policy)
    sent = redirected(sent, reply.status, next.origin === url.origin)
    url = next
  }
}

/** What a redirect may still be sent: nothing of the caller's to another origin, and a body only where HTTP keeps it. */
function redirected(sent: OutboundOptions, status: number, sameOrigin: boolean): OutboundOptions {
  const keepsBody = sameOrigin && (status === 307 || status === 308)
  const { body: _body, method: _method, headers = {}, ...rest } = sent
  if (keepsBody) return sent
  if (!sameOrigin) return rest
  const { 'content-type': _type, ...others } = headers
  return { ...rest, headers: others }
}

/** One request and its reply, in memory. Compressed replies are refused: their size says nothing about what they become. */
function exchange(
  url: URL,
  options: OutboundOptions,
  signal: AbortSignal,
  context: FetchContext,
): Promise<OutboundReply> {
  const { policy } = context
  const maxBytes = Math.min(options.maxBytes ?? policy.maxBytes, policy.maxBytes)
  return new Promise((resolve, reject) => {
    const fail = (problem: unknown) => {
      request.destroy()
      reject(toGatewayError(signal.aborted ? signal.reason : problem))
    }
    const { method = 'GET', headers = {}, body } = options
    const requestOptions: RequestOptions = {
      method,
      headers: { 'user-agent': 'sluice', accept: '*/*', ...headers, 'accept-encoding': 'identity' },
      // Made for this request alone: nobody else's connection is used, and this one is not kept.
      agent: false,
      lookup: checkedLookup(url, context),
      signal,
    }
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(url, requestOptions, (response) => {
      receive(response, maxBytes).then((data) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: data, url })
      }, fail)
    })
    request.on('error', fail)
    request.end(body)
  })
}

async function receive(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = response.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    throw new GatewayError(outboundErrors.outbound_failed, 'The address answered compressed')
  }
  const tooLarge = () => {
    const message = `${outboundErrors.outbound_too_large.title} (${String(maxBytes)} bytes)`
    return new GatewayError(outboundErrors.outbound_too_large, message)
  }
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/**
 * Resolves a name and gives the socket those very addresses: there is no second look at DNS in between that could answer something else. One
 * address that is not public spoils all of them.
 */
export function checkedLookup(
  url: URL,
  { policy, resolve }: Omit<FetchContext, 'clock'>,
): LookupFunction {
  const passes = isAllowedHost(url, policy)
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const first = addresses[0]
        const refused = addresses.some(
          ({ address }) => !mayConnect(address, policy.blockPrivateNetwork),
        )
        if (first === undefined || (refused && !passes)) callback(refusal(), '', 0)
        else if (options.all === true) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error: unknown) => {
        callback(toGatewayError(error), '', 0)
      },
    )
  }
}

/** The cause stays for the log; its text may name addresses inside the network. */
function toGatewayError(problem: unknown): GatewayError {
  if (GatewayError.is(problem)) return problem
  const cause = Error.isError(problem) ? problem : new Error(messageOf(problem))
  return new GatewayError(outboundErrors.outbound_failed, undefined, { cause })
}
