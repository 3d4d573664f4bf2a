import type { IncomingMessage, RequestListener } from 'node:http'
import type { Registry } from 'prom-client'
import { type HealthRegistry, readinessStatus } from './health.ts'

export interface ObservabilityOptions {
  readonly service: string
  readonly registry: Registry
  readonly health: HealthRegistry
}

/**
 * `/health`, `/readyz`, `/metrics`: the port platforms probe and scrape, apart from the API. `/health/<report>` is for operators, and so is
 * `POST /health/<report>/<subject>/reset`.
 */
export function observabilityHandler({ registry, health }: ObservabilityOptions): RequestListener {
  return (request, response) => {
    const path = request.url?.split('?', 1)[0]
    if (path === '/health' || path === '/livez') json(response, 200, { status: 'ok' })
    else if (path === '/readyz') {
      const readiness = health.readiness()
      json(response, readinessStatus(readiness), readiness)
    } else if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      )
    } else if (path?.startsWith('/health/') === true) serveReport(request, path, health, response)
    else json(response, 404, { error: { message: 'Not found', code: 'resource_not_found' } })
  }
}

function serveReport(
  request: IncomingMessage,
  path: string,
  health: HealthRegistry,
  response: Parameters<RequestListener>[1],
): void {
  const [name = '', subject, action] = path.slice('/health/'.length).split('/')
  const report = health.report(name)
  if (report && subject === undefined && request.method === 'GET')
    json(response, 200, report.read())
  else if (
    report &&
    action === 'reset' &&
    request.method === 'POST' &&
    report.reset(decodeURIComponent(subject ?? ''))
  )
    json(response, 200, { status: 'ok' })
  else json(response, 404, { error: { message: 'Not found', code: 'resource_not_found' } })
}

function json(response: Parameters<RequestListener>[1], status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
