import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Verdict } from '@sluice/contracts/rpc/auth'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { fromUnknown, GatewayError } from '@sluice/kernel/errors'
import type { IngressContext } from '../context.ts'
import { ingressErrors } from '../errors.ts'
import { sessionCredential } from './session-cookie.ts'

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Of the answer; absent = what its head says already. */
  readonly id?: string
}

type Parts = Pick<IngressContext, 'verdicts' | 'bucket' | 'addressOf' | 'config'>

/**
 * Who makes this request. Every credential that is present counts and the first valid one wins. A credential that cannot be checked just
 * now is a 503, never a 401: the client would take its good key for a bad one. What is known to be good is answered at once; everything else passes
 * the bucket of its address.
 */
export function authenticate(exchange: Exchange, parts: Parts): Principal | Promise<Principal> {
  const candidates = credentials(exchange.request, parts)
  const [only] = candidates
  if (only === undefined) return refuse(exchange, parts)
  if (parts.bucket.isAnyShut) return fromShut(candidates, exchange, parts)
  const verdict =
    candidates.length === 1 ? parts.verdicts.check(only) : firstValid(candidates, parts)
  if (verdict instanceof Promise) return settle(verdict, exchange, parts)
  return verdict.valid ? verdict : refuse(exchange, parts)
}

/** The same for what anybody may call: null without a good credential, which is then counted all the same. */
export async function recognise(exchange: Exchange, parts: Parts): Promise<Principal | null> {
  try {
    return await authenticate(exchange, parts)
  } catch (thrown) {
    if (isNobody(fromUnknown(thrown))) return null
    throw thrown
  }
}

/** A session cookie without the token that makes it count is nobody's: so that whoever has an old one can still sign in. */
function isNobody({ code }: GatewayError): boolean {
  return (
    code === ingressErrors.invalid_api_key.code || code === ingressErrors.csrf_token_required.code
  )
}

async function settle(
  asked: Promise<Verdict>,
  exchange: Exchange,
  parts: Parts,
): Promise<Principal> {
  const verdict = await asked
  return verdict.valid ? verdict : refuse(exchange, parts)
}

/** While some addresses are shut: what is known to be good passes, and only a few others at once are asked about for each of those. */
async function fromShut(
  candidates: readonly string[],
  exchange: Exchange,
  parts: Parts,
): Promise<Principal> {
  for (const credential of candidates) {
    const verdict = parts.verdicts.known(credential)
    if (verdict?.valid === true) return verdict
  }
  const { request, response } = exchange
  const ask = () => firstValid(candidates, parts)
  return settle(parts.bucket.asking(parts.addressOf(request), response, ask), exchange, parts)
}

async function firstValid(candidates: readonly string[], { verdicts }: Parts): Promise<Verdict> {
  let unchecked: GatewayError | null = null
  let refused: Verdict | null = null
  for (const credential of candidates) {
    try {
      const verdict = await verdicts.check(credential)
      if (verdict.valid) return verdict
      refused = verdict
    } catch (thrown) {
      unchecked = fromUnknown(thrown)
    }
  }
  if (unchecked === null && refused !== null) return refused
  throw unchecked ?? new GatewayError(ingressErrors.invalid_api_key)
}

/** Rejects: with a 401, or a 429 when there were too many. */
async function refuse({ request, response }: Exchange, parts: Parts): Promise<never> {
  await parts.bucket.count(parts.addressOf(request), response)
  throw new GatewayError(ingressErrors.invalid_api_key)
}

const bearer = /^bearer +(\S+) *$/i

/** A cookie counts where nothing else is said: whoever says who they are is not taken for somebody else by what their browser remembers. */
function credentials(request: IncomingMessage, { config }: Parts): string[] {
  const found = spokenCredentials(request.headers)
  if (found.length > 0) return found
  const session = sessionCredential(request, config)
  return session === null ? [] : [session]
}

function spokenCredentials(headers: IncomingHttpHeaders): string[] {
  const found: string[] = []
  const token = headers.authorization && bearer.exec(headers.authorization)?.[1]
  if (token) found.push(token)
  for (const name of ['x-api-key', 'api-key']) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '' && value !== token) found.push(value)
  }
  return found
}
