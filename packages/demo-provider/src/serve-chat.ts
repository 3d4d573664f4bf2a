import type { ServerResponse } from 'node:http'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { type DemoReply, expectedReply } from './demo-reply.ts'
import type { DemoRequest, Scenario } from './demo-request.ts'
import type { Dialect } from './dialect.ts'

export interface ChatCall {
  readonly dialect: Dialect
  readonly request: DemoRequest
  readonly response: ServerResponse
  readonly clock: Clock
  /** For the call log: tokens that were written, and an answer broken off on purpose. */
  readonly onTokens: (count: number) => void
  readonly onBroken: () => void
}

const rateLimited = {
  status: 429,
  message: 'Rate limit reached for demo requests',
  type: 'rate_limit_error',
  code: 'rate_limit_exceeded',
}

const failures = {
  '401': {
    status: 401,
    message: 'The demo provider does not know this key, as asked',
    type: 'invalid_request_error',
    code: 'invalid_api_key',
    wait: {},
  },
  '402': {
    status: 402,
    message: 'The demo provider wants to be paid, as asked',
    type: 'billing_error',
    code: 'billing_not_active',
    wait: {},
  },
  '403': {
    status: 403,
    message: 'The demo provider does not allow this key, as asked',
    type: 'invalid_request_error',
    code: 'permission_denied',
    wait: {},
  },
  '404': {
    status: 404,
    message: 'The demo provider does not know this model, as asked',
    type: 'invalid_request_error',
    code: 'model_not_found',
    wait: {},
  },
  '413': {
    status: 413,
    message: 'The call is too large for the demo provider, as asked',
    type: 'invalid_request_error',
    code: 'request_too_large',
    wait: {},
  },
  quota: {
    status: 429,
    message: 'The quota at the demo provider is spent, as asked',
    type: 'insufficient_quota',
    code: 'insufficient_quota',
    wait: {},
  },
  '429': { ...rateLimited, wait: { 'retry-after': '2', 'retry-after-ms': '1500' } },
  '429-long': { ...rateLimited, wait: { 'retry-after': '3600' } },
  '500': {
    status: 500,
    message: 'The demo provider failed as asked',
    type: 'server_error',
    code: null,
    wait: {},
  },
  '503': {
    status: 503,
    message: 'The demo provider is overloaded as asked',
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
    wait: {},
  },
  overloaded: {
    status: 503,
    message: 'The demo provider is overloaded as asked',
    type: 'service_unavailable_error',
    code: 'server_is_overloaded',
    wait: {},
  },
} as const

/** Answers one chat call by its scenario. Stops by itself when the client goes away. */
export function serveChat(call: ChatCall): void {
  const { request, response, clock } = call
  if (request.scenario === 'timeout') return
  const { firstByteMs } = request.pace
  if (firstByteMs === 0) {
    answer(call)
    return
  }
  const timer = clock.after(firstByteMs, () => {
    answer(call)
  })
  response.once('close', () => {
    timer.cancel()
  })
}

function answer(call: ChatCall): void {
  const { dialect, request, response } = call
  const { scenario } = request
  if (scenario !== null && sendFailure(dialect, scenario, response)) return
  if (request.stream) stream(call)
  else plain(call)
}

/** False = the scenario is not one that fails a call at once. */
export function sendFailure(
  dialect: Dialect,
  scenario: Scenario,
  response: ServerResponse,
): boolean {
  if (Object.hasOwn(failures, scenario)) {
    const { status, message, type, code, wait } = failures[scenario as keyof typeof failures]
    const waitMs = 'retry-after' in wait ? waitOf(wait) : undefined
    const body = dialect.errorBody(message, type, code, null, waitMs)
    sendJson(response, dialect.errorStatus?.(status) ?? status, body, wait)
  } else if (scenario === 'html') {
    response
      .writeHead(502, { 'content-type': 'text/html' })
      .end('<html><h1>502 Bad Gateway</h1></html>')
  } else if (scenario === 'empty') {
    response.writeHead(200, { 'content-type': 'application/json' }).end()
  } else return false
  return true
}

function waitOf(headers: { 'retry-after': string; 'retry-after-ms'?: string }): number {
  return Number(headers['retry-after-ms'] ?? Number(headers['retry-after']) * 1_000)
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

function plain({ dialect, request, response, onTokens, onBroken, clock }: ChatCall): void {
  const reply = expectedReply(request)
  const send = () => {
    onTokens(reply.completionTokens)
    if (request.scenario === 'truncate') {
      onBroken()
      const body = dialect.plain(request, reply)
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      })
      response.write(body.slice(0, body.length / 2), () => response.destroy())
    } else if (request.scenario === 'garbage') sendJson(response, 200, dialect.garbage)
    else sendJson(response, 200, dialect.plain(request, reply))
  }
  const { intervalMs } = request.pace
  if (intervalMs === 0) {
    send()
    return
  }
  const timer = clock.after(Math.min(intervalMs * reply.completionTokens, 120_000), send)
  response.once('close', () => {
    timer.cancel()
  })
}

function stream(call: ChatCall): void {
  const { dialect, request, response, clock } = call
  const reply = expectedReply(request)
  response.writeHead(200, { 'content-type': dialect.contentType, 'cache-control': 'no-cache' })
  const frames = framesOf(call, reply)
  if (request.pace.intervalMs === 0) {
    burst(response, frames)
    return
  }
  response.flushHeaders()
  const timer: Timer = clock.every(request.pace.intervalMs, () => {
    if (response.writableNeedDrain) return // a reader that stalls gets the rest when it reads on
    const next = frames.next()
    if (next.done) {
      timer.cancel()
      next.value()
    } else response.write(next.value)
  })
  response.once('close', () => {
    timer.cancel()
  })
}

const burstBytes = 64 * 1024

/** Without a pace, frames are written in large pieces, waiting for the reader between them. */
function burst(response: ServerResponse, frames: Generator<string, () => void>): void {
  let piece = ''
  for (;;) {
    if (response.destroyed) return
    const next = frames.next()
    if (!next.done) piece += next.value
    if (!next.done && piece.length < burstBytes) continue
    const flowing = piece === '' || response.write(piece)
    piece = ''
    if (next.done) {
      next.value()
      return
    }
    if (!flowing) {
      response.once('drain', () => {
        burst(response, frames)
      })
      return
    }
  }
}

/** The frames that the scenario lets through; returns what ends the response. */
function* framesOf(
  { dialect, request, response, onTokens, onBroken }: ChatCall,
  reply: DemoReply,
): Generator<string, () => void> {
  const end = () => {
    response.end()
  }
  const half = Math.floor(reply.completionTokens / 2)
  let sent = 0
  let frames = 0
  yield dialect.opening(request, reply)
  for (const [frame, tokens] of dialect.parts(request, reply)) {
    if (sent >= half && (request.scenario === 'truncate' || breaksOff(request))) {
      onBroken()
      if (breaksOff(request)) {
        const error = dialect.errorBody(
          'The demo provider broke off as asked',
          'server_error',
          null,
          null,
        )
        yield dialect.errorPart(error, { request, reply, frames })
      }
      return end
    }
    if (sent >= half && request.scenario === 'garbage') yield dialect.garbage
    yield frame
    frames += 1
    sent += tokens
    onTokens(tokens)
  }
  yield dialect.last(request, reply)
  if (request.scenario !== 'no-done') yield dialect.endMarker
  return end
}

function breaksOff({ scenario }: DemoRequest): boolean {
  return scenario === 'error-midstream' || scenario === 'error-event'
}
