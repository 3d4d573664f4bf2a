import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '@sluice/contracts/caller'
import type { Verdict } from '@sluice/contracts/rpc/auth'
import type { VerdictCache } from '@sluice/identity'
import { fromUnknown, GatewayError } from '@sluice/kernel/errors'
import { ingressErrors } from '../errors.ts'

/**
 * Who makes this request. Every credential that is present counts and the first valid one wins. A credential that cannot be checked just
 * now is a 503, never a 401: the client would take its good key for a bad one.
 */
export function authenticate(
  headers: IncomingHttpHeaders,
  verdicts: VerdictCache,
): Caller | Promise<Caller> {
  const candidates = credentials(headers)
  const [only] = candidates
  if (only === undefined) throw new GatewayError(ingressErrors.invalid_api_key)
  if (candidates.length === 1) {
    const verdict = verdicts.lookup(hash('sha256', only))
    return verdict instanceof Promise ? verdict.then(callerOf) : callerOf(verdict)
  }
  return firstValid(candidates, verdicts)
}

async function firstValid(candidates: readonly string[], verdicts: VerdictCache): Promise<Caller> {
  let unchecked: GatewayError | null = null
  for (const credential of candidates) {
    try {
      const verdict = await verdicts.lookup(hash('sha256', credential))
      if (verdict.valid) return verdict.caller
    } catch (thrown) {
      unchecked = fromUnknown(thrown)
    }
  }
  throw unchecked ?? new GatewayError(ingressErrors.invalid_api_key)
}

function callerOf(verdict: Verdict): Caller {
  if (verdict.valid) return verdict.caller
  throw new GatewayError(ingressErrors.invalid_api_key)
}

const bearer = /^bearer +(\S+) *$/i

function credentials(headers: IncomingHttpHeaders): string[] {
  const found: string[] = []
  const token = headers.authorization && bearer.exec(headers.authorization)?.[1]
  if (token) found.push(token)
  for (const name of ['x-api-key', 'api-key']) {
    const value = headers[name]
    if (typeof value === 'string' && value !== '' && value !== token) found.push(value)
  }
  return found
}
