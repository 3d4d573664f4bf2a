import type { RequestListener } from 'node:http'

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

const starting: RequestListener = (request, response) => {
  const alive = liveness.has(request.url)
  const body = alive
    ? { status: 'ok' }
    : readiness.has(request.url)
      ? { status: 'starting', adapters: {}, checks: [] }
      : {
          error: {
            message: 'The gateway is starting. Try again in a moment.',
            type: 'service_unavailable_error',
            param: null,
            code: 'starting',
          },
        }
  response.writeHead(alive ? 200 : 503, {
    'content-type': 'application/json',
    ...(alive ? {} : { 'retry-after': '1', 'retry-after-ms': '1000' }),
    connection: 'close',
  })
  response.end(JSON.stringify(body))
  request.resume()
}
