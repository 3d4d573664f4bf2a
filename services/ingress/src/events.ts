import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'
import { createWideLog } from '@sluice/kernel/wide-log'
import type { Call } from './http/call.ts'
import type { IngressMetrics } from './metrics.ts'

export interface IngressEventsOptions {
  readonly logger: Logger
  readonly metrics: IngressMetrics
  readonly clock: Clock
}

export interface PlainRequest {
  /** The template, never the path: paths are unbounded and may carry secrets. */
  readonly route: string
  readonly requestId: string
  readonly method: string
  readonly status: number
  readonly startedAt: number
  /** Probes come every few seconds: seen at debug level only. */
  readonly probe: boolean
}

/** One function per thing that happened: counters and one wide log record. Bodies, prompts and credentials never come here. */
export function createIngressEvents({ logger, metrics, clock }: IngressEventsOptions) {
  const logCall = createWideLog(logger, 'inference call')
  return {
    callEnded(route: string, call: Call): void {
      const { caller, terminal, head, outcome } = call
      const { status, durationMs, firstPartMs } = measuresOf(call, clock)
      const usage = terminal?.usage

      metrics.request(route, status, call.stream, durationMs)
      metrics.generations[outcome].inc()
      if (call.attached) metrics.attached.inc()
      else if (firstPartMs !== null) metrics.firstToken.observe(firstPartMs / 1_000)
      // The tokens of an answer shown twice were made once.
      if (usage !== undefined && !call.attached) {
        metrics.inputTokens.inc(usage.input_tokens)
        metrics.outputTokens.inc(usage.output_tokens)
      }
      logCall(clock.now(), {
        request_id: call.id,
        client_request_id: call.clientRequestId,
        route,
        tenant_id: caller?.tenantId,
        project_id: caller?.projectId,
        key_id: caller?.keyId,
        key_name: caller?.keyName,
        model: call.model,
        answered_model: head?.model,
        provider: head?.provider,
        stream: call.stream,
        attached: call.attached,
        status,
        outcome,
        error_code: call.error?.code ?? terminal?.error?.code,
        input_tokens: usage?.input_tokens,
        output_tokens: usage?.output_tokens,
        amount_nano_usd: terminal?.amountNanoUsd,
        bytes_in: call.bytesIn,
        bytes_out: call.bytesOut,
        ttft_ms: round(firstPartMs),
        duration_ms: round(durationMs),
      })
    },

    resumeEnded(route: string, call: Call): void {
      const { caller, terminal, outcome } = call
      const { status, durationMs, firstPartMs: firstByteMs } = measuresOf(call, clock)

      metrics.request(route, status, true, durationMs)
      metrics.resumes[outcome].inc()
      if (firstByteMs !== null) metrics.firstReplayed.observe(firstByteMs / 1_000)
      logger.info(
        {
          request_id: call.id,
          client_request_id: call.clientRequestId,
          route,
          tenant_id: caller?.tenantId,
          project_id: caller?.projectId,
          key_id: caller?.keyId,
          key_name: caller?.keyName,
          model: call.model,
          status,
          outcome,
          error_code: call.error?.code ?? terminal?.error?.code,
          bytes_out: call.bytesOut,
          first_byte_ms: round(firstByteMs),
          duration_ms: round(durationMs),
        },
        'generation read again',
      )
    },

    requestEnded({ route, requestId, method, status, startedAt, probe }: PlainRequest): void {
      const durationMs = clock.monotonic() - startedAt
      metrics.request(route, status, false, durationMs)
      const record = {
        request_id: requestId,
        route,
        method,
        status,
        duration_ms: round(durationMs),
      }
      if (probe) logger.debug(record, 'request')
      else logger.info(record, 'request')
    },
  }
}
export type IngressEvents = ReturnType<typeof createIngressEvents>

/** A client that left before the head was sent counts as 499, which nobody sent. */
function measuresOf({ response, startedAt, firstPartAt }: Call, clock: Clock) {
  return {
    status: response.headersSent ? response.statusCode : 499,
    durationMs: clock.monotonic() - startedAt,
    firstPartMs: firstPartAt === null ? null : firstPartAt - startedAt,
  }
}

/** To microseconds: more digits are noise and bytes. */
function round(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 1_000) / 1_000
}
