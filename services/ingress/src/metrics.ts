import { durationBuckets } from '@sluice/kernel/metrics'
import { type Distribution, distributions, tallies, type Tally } from '@sluice/kernel/tallies'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Outcome } from './http/call.ts'

interface RouteMetrics {
  readonly plain: Distribution
  readonly stream: Distribution
  readonly byStatus: Map<number, Tally>
}

export function createIngressMetrics(registry: Registry, inflight: () => number) {
  const registers = [registry]
  const requests = tallies({
    name: 'gateway_requests_total',
    help: 'HTTP requests answered, by route template and status (499: the client left before one)',
    labelNames: ['route', 'status'],
    registry,
  })
  const durations = distributions<'route' | 'stream'>({
    name: 'gateway_request_duration_seconds',
    help: 'Time from the request head to the last byte of the answer',
    buckets: durationBuckets,
    registry,
  })
  const generations = tallies({
    name: 'gateway_inference_calls_total',
    help: 'Inference calls, by how they ended for the client',
    labelNames: ['outcome'],
    registry,
  })
  const resumes = tallies({
    name: 'gateway_resumed_streams_total',
    help: 'Streams of generations read again, by how they ended for the client',
    labelNames: ['outcome'],
    registry,
  })
  const tokens = tallies({
    name: 'gateway_tokens_total',
    help: 'Tokens of inference calls, by direction',
    labelNames: ['direction'],
    registry,
  })
  new Gauge({
    name: 'gateway_inflight_requests',
    help: 'Inference calls being answered and generations being read again',
    registers,
    collect() {
      this.set(inflight())
    },
  })

  const routes = new Map<string, RouteMetrics>()
  const ofRoute = (route: string): RouteMetrics => {
    let known = routes.get(route)
    if (!known) {
      const plain = durations({ route, stream: 'false' })
      const stream = durations({ route, stream: 'true' })
      routes.set(route, (known = { plain, stream, byStatus: new Map() }))
    }
    return known
  }
  const byOutcome = (counter: (labels: { outcome: Outcome }) => Tally) => {
    const outcome = (name: Outcome) => counter({ outcome: name })
    return {
      completed: outcome('completed'),
      failed: outcome('failed'),
      cancelled: outcome('cancelled'),
      expired: outcome('expired'),
      refused: outcome('refused'),
      client_disconnected: outcome('client_disconnected'),
      stalled: outcome('stalled'),
      drained: outcome('drained'),
      log_lost: outcome('log_lost'),
    } satisfies Record<Outcome, unknown>
  }
  return {
    request(route: string, status: number, stream: boolean, durationMs: number): void {
      const metrics = ofRoute(route)
      let count = metrics.byStatus.get(status)
      if (!count) {
        count = requests({ route, status: String(status) })
        metrics.byStatus.set(status, count)
      }
      count.inc()
      metrics[stream ? 'stream' : 'plain'].observe(durationMs / 1_000)
    },
    firstToken: distributions<never>({
      name: 'gateway_time_to_first_token_seconds',
      help: 'Time from the request head to the first part of a streamed answer',
      buckets: durationBuckets,
      registry,
    })({}),
    firstReplayed: distributions<never>({
      name: 'gateway_resume_first_byte_seconds',
      help: 'Time from the request head to the first replayed byte of a stream read again',
      buckets: durationBuckets,
      registry,
    })({}),
    attached: new Counter({
      name: 'gateway_attached_calls_total',
      help: 'Repeated calls that were shown the answer of an earlier one',
      registers,
    }),
    inputTokens: tokens({ direction: 'input' }),
    outputTokens: tokens({ direction: 'output' }),
    generations: byOutcome(generations),
    resumes: byOutcome(resumes),
  }
}
export type IngressMetrics = ReturnType<typeof createIngressMetrics>
