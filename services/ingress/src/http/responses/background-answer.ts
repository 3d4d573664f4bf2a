import type { RequestId } from '@sluice/contracts/ids'
import { GatewayError } from '@sluice/kernel/errors'
import type { IngressContext } from '../../context.ts'
import { ingressErrors } from '../../errors.ts'
import type { Call } from '../call.ts'
import { callHeaders } from '../response-headers.ts'
import { findResponse } from './kept-responses.ts'

/** A call in the background is answered as soon as it is accepted, with the response as it is now; its caller comes back for the rest. */
export async function backgroundAnswer(
  call: Call,
  id: RequestId,
  context: IngressContext,
): Promise<void> {
  const found = call.caller && (await findResponse(id, call.caller, context))
  if (!found) throw new GatewayError(ingressErrors.log_lost)
  call.id = id
  const body = Buffer.from(JSON.stringify(found.response))
  const headers = { 'content-type': 'application/json', 'content-length': body.length }
  call.response.writeHead(200, callHeaders(call, context, headers)).end(body)
  call.bytesOut = body.length
}
