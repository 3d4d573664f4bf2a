import { durationBuckets } from '@sluice/kernel/metrics'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Outcome } from './http/call.ts'

interface RouteMetrics {
  readonly plain: { observe(seconds: number): void }
  readonly stream: { observe(seconds: number): void }
  readonly byStatus: Map<number, { inc(): void }>
}

/** Label children are bound once: finding one per request costs more than the increment. */
export function createIngressMetrics(registry: Registry, inflight: () => number) {
  const registers = [registry]
  const requests = new Counter({
    name: 'gateway_requests_total',
    help: 'HTTP requests answered, by route template and status (499: the client left before one)',
    labelNames: ['route', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Time from the request head to the last byte of the answer',
    labelNames: ['route', 'stream'],
    buckets: durationBuckets,
    registers,
  })
  const generations = new Counter({
    name: 'gateway_inference_calls_total',
    help: 'Inference calls, by how they ended for the client',
    labelNames: ['outcome'],
    registers,
  })
  const tokens = new Counter({
    name: 'gateway_tokens_total',
    help: 'Tokens of inference calls, by direction',
    labelNames: ['direction'],
    registers,
  })
  new Gauge({
    name: 'gateway_inflight_requests',
    help: 'Inference calls being answered',
    registers,
    collect() {
      this.set(inflight())
    },
  })

  const routes = new Map<string, RouteMetrics>()
  const ofRoute = (route: string): RouteMetrics => {
    let known = routes.get(route)
    if (!known) {
      const plain = durations.labels({ route, stream: 'false' })
      const stream = durations.labels({ route, stream: 'true' })
      routes.set(route, (known = { plain, stream, byStatus: new Map() }))
    }
    return known
  }
  const outcome = (name: Outcome) => generations.labels({ outcome: name })
  return {
    request(route: string, status: number, stream: boolean, durationMs: number): void {
      const metrics = ofRoute(route)
      let count = metrics.byStatus.get(status)
      if (!count) {
        count = requests.labels({ route, status: String(status) })
        metrics.byStatus.set(status, count)
      }
      count.inc()
      metrics[stream ? 'stream' : 'plain'].observe(durationMs / 1_000)
    },
    firstToken: new Histogram({
      name: 'gateway_time_to_first_token_seconds',
      help: 'Time from the request head to the first part of a streamed answer',
      buckets: durationBuckets,
      registers,
    }),
    inputTokens: tokens.labels({ direction: 'input' }),
    outputTokens: tokens.labels({ direction: 'output' }),
    generations: {
      completed: outcome('completed'),
      failed: outcome('failed'),
      cancelled: outcome('cancelled'),
      expired: outcome('expired'),
      refused: outcome('refused'),
      client_disconnected: outcome('client_disconnected'),
      stalled: outcome('stalled'),
      drained: outcome('drained'),
      log_lost: outcome('log_lost'),
    } satisfies Record<Outcome, unknown>,
  }
}
export type IngressMetrics = ReturnType<typeof createIngressMetrics>
