import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Caller } from '@sluice/contracts/caller'
import type { Attach } from '@sluice/generations'
import { GatewayError } from '@sluice/kernel/errors'
import { ingressErrors } from '../errors.ts'
import { canonicalJson } from './canonical-json.ts'

/** What a call says about being one of several attempts at the same thing. */
export type Repetition =
  | { readonly kind: 'idempotency'; readonly key: string; readonly retryCount: number }
  | { readonly kind: 'retry'; readonly retryCount: number }

const visible = /^[\x21-\x7e]{1,255}$/
const count = /^\d{1,4}$/

/** Null = nothing: the call is one of its own. A count that is none is not ours to refuse: it is the SDK's, not the caller's. */
export function readRepetition(headers: IncomingHttpHeaders): Repetition | null {
  const key = headers['idempotency-key']
  const counted = headers['x-stainless-retry-count']
  const isCounted = typeof counted === 'string' && count.test(counted)
  const retryCount = isCounted ? Number(counted) : 0
  if (key === undefined) return isCounted ? { kind: 'retry', retryCount } : null
  if (typeof key === 'string' && visible.test(key)) return { kind: 'idempotency', key, retryCount }
  throw new GatewayError(
    ingressErrors.invalid_header,
    'Idempotency-Key must be 1 to 255 visible ASCII characters',
    { param: 'Idempotency-Key' },
  )
}

/**
 * How the back end knows the call again. Only the same API key can: it is part of the name. Two bodies are the same when they are the same
 * JSON, however it is written: `body` is its value.
 */
export function attachOf(
  repetition: Repetition,
  route: string,
  { tenantId, keyId }: Caller,
  body: unknown,
): Attach {
  const bodyHash = hash('sha256', canonicalJson(body))
  const { kind, retryCount } = repetition
  const name = kind === 'idempotency' ? repetition.key : bodyHash
  return {
    kind,
    key: hash('sha256', [kind, tenantId, keyId, route, name].join('\n')),
    bodyHash,
    retryCount,
  }
}
