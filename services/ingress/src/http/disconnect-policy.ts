import type { IncomingHttpHeaders } from 'node:http'
import { OnDisconnect } from '@sluice/contracts/generation/generation-request'
import { GatewayError } from '@sluice/kernel/errors'
import { ingressErrors } from '../errors.ts'

/** What becomes of the generation when its client leaves, before and after the response head was sent. */
export interface DisconnectPolicy {
  readonly beforeHead: OnDisconnect
  readonly afterHead: OnDisconnect
}

const policies: Readonly<Record<OnDisconnect, DisconnectPolicy>> = {
  cancel: { beforeHead: 'cancel', afterHead: 'cancel' },
  grace: { beforeHead: 'grace', afterHead: 'grace' },
  continue: { beforeHead: 'continue', afterHead: 'continue' },
}
const retriesBeforeHead: DisconnectPolicy = { beforeHead: 'grace', afterHead: 'cancel' }

/** Who goes on from a cursor may do it again. A generation that is to run to its end does so whatever is said here. */
export const resumedPolicy: DisconnectPolicy = policies.grace

/** A call in the background has no reader to wait for. */
export const backgroundPolicy: DisconnectPolicy = policies.continue

/**
 * `x-gateway-on-disconnect` says it, else the operator's default. Without either an `Idempotency-Key` says that the caller may come back for
 * the answer; an SDK that counts its retries (from 0 on) repeats a call that dies before its head, and takes one that dies later for final;
 * everyone else has left for good.
 */
export function readDisconnectPolicy(
  headers: IncomingHttpHeaders,
  operatorsDefault: OnDisconnect | null,
): DisconnectPolicy {
  const wish = headers['x-gateway-on-disconnect']
  if (wish !== undefined) {
    const known = OnDisconnect.safeParse(wish)
    if (known.success) return policies[known.data]
    throw new GatewayError(
      ingressErrors.invalid_header,
      'x-gateway-on-disconnect must be cancel, grace or continue',
      { param: 'x-gateway-on-disconnect' },
    )
  }
  if (operatorsDefault !== null) return policies[operatorsDefault]
  if (headers['idempotency-key'] !== undefined) return policies.grace
  return headers['x-stainless-retry-count'] === undefined ? policies.cancel : retriesBeforeHead
}
