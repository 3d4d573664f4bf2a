import type { RequestListener } from 'node:http'
import type { Readiness } from '@sluice/kernel/health'
import { version } from '@sluice/kernel/version'

/** Answers while the process starts: alive, not ready, and every other call a retryable 503. */
export function createFrontDoor(): {
  readonly handler: RequestListener
  open(handler: RequestListener): void
} {
  let current: RequestListener = starting
  return {
    handler: (request, response) => {
      current(request, response)
    },
    open(handler) {
      current = handler
    },
  }
}

const liveness: ReadonlySet<string | undefined> = new Set(['/health', '/livez', '/api/health/live'])
const readiness: ReadonlySet<string | undefined> = new Set(['/readyz', '/api/health/ready'])

const notReady: Readiness = { status: 'starting', version, uptime_s: 0, adapters: {}, checks: [] }

const anthropic = /\/messages(?:[/?]|$)/
const message = 'The gateway is starting. Try again in a moment.'

/** Nothing is loaded yet, so the two forms of errors are written here. */
function answerTo(url = ''): { readonly status: number; readonly body: object } {
  if (liveness.has(url)) return { status: 200, body: { status: 'ok' } }
  if (readiness.has(url)) {
    return { status: 503, body: notReady }
  }
  if (anthropic.test(url)) {
    const error = { type: 'overloaded_error', message }
    return { status: 529, body: { type: 'error', error, request_id: null } }
  }
  const error = { message, type: 'service_unavailable_error', param: null, code: 'starting' }
  return { status: 503, body: { error } }
}

const starting: RequestListener = (request, response) => {
  const { status, body } = answerTo(request.url)
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 200 ? {} : { 'retry-after': '1', 'retry-after-ms': '1000' }),
    connection: 'close',
  })
  response.end(JSON.stringify(body))
  request.resume()
}
