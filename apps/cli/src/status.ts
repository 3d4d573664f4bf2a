import { defineErrors, GatewayError } from '@sluice/kernel/errors'
import type { z } from 'zod'
import { readyRow } from '@sluice/contracts/http/routes/edge'
import { type CommandContext, print } from './command.ts'
import {
  clientErrors,
  type GatewayClient,
  type GatewayOptions,
  noGateway,
  openGateway,
} from './gateway-client.ts'

const errors = defineErrors({
  not_ready: { status: 503, retryable: true, title: 'The gateway is not ready' },
})

/** Exit code 1 unless it is ready, possibly degraded. */
export async function showStatus(context: CommandContext, options: GatewayOptions): Promise<void> {
  const gateway = openGateway(context.env, options)
  // Not ready is a 503 with the same body.
  const { data, error } = await gateway.call((sluice) => sluice.GET('/readyz'))
  const readiness = (readyRow.reply as z.ZodType<NonNullable<typeof data>>).safeParse(data ?? error)
  if (!readiness.success)
    throw new GatewayError(clientErrors.gateway_unknown, noGateway(gateway.url))
  const { status, version, uptime_s, adapters, checks } = readiness.data
  const upstreams = await readUpstreams(gateway)
  const result = { url: gateway.url, status, version, uptime_s, adapters, checks, ...upstreams }
  const lines = [
    ['status', `${status} at ${gateway.url}, version ${version}, up ${duration(uptime_s)}`],
    [
      'adapters',
      Object.entries(adapters)
        .map((pair) => pair.join('='))
        .join(' '),
    ],
    ...checks.map(({ name, ok, latency_ms, error: problem, required }) => [
      'check',
      `${name} ${ok ? `ok, ${String(latency_ms)} ms` : `${required ? 'fails' : 'fails (not required)'}: ${problem ?? ''}`}`,
    ]),
    ...(upstreams.upstreams ?? []).map(({ name, replicas }) => [
      'upstream',
      `${name} ${replicas.map(sentence).join('; ') || 'not called yet'}`,
    ]),
    ...(upstreams.upstreams_problem === null ? [] : [['upstreams', upstreams.upstreams_problem]]),
  ]
  print(context, result, lines.map((line) => line.join('\t')).join('\n'))
  if (status !== 'ok' && status !== 'degraded')
    throw new GatewayError(errors.not_ready, `The gateway at ${gateway.url} is ${status}.`)
}

interface Upstreams {
  /** Null: this caller may not see them, or they cannot be read now. */
  readonly upstreams:
    | readonly { readonly name: string; readonly enabled: boolean; readonly replicas: Replica[] }[]
    | null
  readonly upstreams_problem: string | null
}

interface Replica {
  readonly instance: string
  readonly status: string
  readonly circuits_open: number
  readonly calls: number
  readonly waiting: number
}

async function readUpstreams(gateway: GatewayClient): Promise<Upstreams> {
  if (!gateway.hasKey)
    return { upstreams: null, upstreams_problem: 'no key: --key, SLUICE_KEY or AUTH_TOKEN' }
  const { data, error } = await gateway.call((sluice) => sluice.GET('/v1/providers'))
  if (!data) {
    const { message } = (error as { error?: { message?: string } } | undefined)?.error ?? {}
    return { upstreams: null, upstreams_problem: message ?? 'they cannot be read' }
  }
  const upstreams = data.data.map(({ name, enabled, health }) => ({
    name,
    enabled,
    replicas: health,
  }))
  return { upstreams, upstreams_problem: null }
}

function sentence({ instance, status, circuits_open, calls, waiting }: Replica): string {
  const open = circuits_open > 0 ? `, ${String(circuits_open)} circuits open` : ''
  return `${status} from ${instance}, ${String(calls)} calls, ${String(waiting)} waiting${open}`
}

function duration(seconds: number): string {
  if (seconds < 120) return `${String(seconds)} s`
  if (seconds < 7_200) return `${String(Math.floor(seconds / 60))} min`
  return `${String(Math.floor(seconds / 3_600))} h`
}
