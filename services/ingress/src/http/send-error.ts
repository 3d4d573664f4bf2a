import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Clock } from '@sluice/kernel/clock'
import type { CallerFormat } from '@sluice/wire/wire-format'
import { declaredLength } from './read-body.ts'
import { retryHeaders } from './retry-headers.ts'

/** A rest of the body up to here is read away by Node itself, and the connection can be used again. */
const smallRestBytes = 65_536
/** How long what a client still sends is thrown away before the connection is closed. */
const lingerMs = 5_000

export interface SendErrorOptions {
  readonly requestId: string
  readonly headers: OutgoingHttpHeaders
  readonly clock: Clock
  readonly dialect: CallerFormat
}

/**
 * An error as the whole answer, in the dialect of the called route. `headers` are those of the route. What a provider said in this very dialect
 * is said again as it was.
 */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  error: GenerationError,
  { requestId, headers, clock, dialect }: SendErrorOptions,
): void {
  const { verbatim } = error
  const own = verbatim?.wire === dialect.name ? verbatim : null
  const body = Buffer.from(own?.body ?? dialect.encodeError(error, requestId))
  const unread = request.complete ? 0 : declaredLength(request.headers)
  const linger = unread > smallRestBytes || (unread > 0 && !response.shouldKeepAlive)
  response.writeHead(own?.status ?? dialect.errorStatus(error), {
    ...headers,
    ...retryHeaders(error),
    ...(error.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(linger ? { connection: 'close' } : {}),
    'content-type': 'application/json',
    'content-length': body.length,
  })
  if (linger) endAfterBody(request, response, body, clock)
  else response.end(body)
}

/**
 * Closing a socket that holds unread input makes the kernel reset it, and the client may lose the answer while it is still sending. So the
 * answer goes out whole, the rest of the request is thrown away for a while, and only then the connection is closed.
 */
function endAfterBody(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  clock: Clock,
): void {
  const end = () => {
    timer.cancel()
    request.off('end', end)
    request.off('close', end)
    response.end()
  }
  const timer = clock.after(lingerMs, end)
  request.on('end', end)
  request.on('close', end)
  response.write(body)
  request.resume()
}
