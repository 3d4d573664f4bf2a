import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { EntryHead, NewEntry, TerminalState } from '@sluice/contracts/generation/log-entry'
import type { ProviderCallRecord } from '@sluice/contracts/generation/provider-call-record'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import { KeyId, ProjectId, TenantId } from '@sluice/contracts/ids'
import { noUsage } from '@sluice/contracts/usage'
import type { Admission, End } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'
import { inPlaceOf, newRequestId } from '@sluice/kernel/ids'

export const pool = 'acme'
const tenantId = TenantId.parse('default')

export function requestOf(clock: Clock, deadlineInMs = 900_000): GenerationRequest {
  const now = clock.now()
  return {
    id: inPlaceOf(newRequestId(now), tenantId),
    caller: {
      tenantId,
      projectId: ProjectId.parse('default'),
      keyId: KeyId.parse('key-1'),
      userId: null,
      keyName: 'ci',
      models: ['acme/*'],
    },
    operation: 'chat',
    wire: 'openai-chat',
    model: 'fast',
    stream: true,
    includeUsage: false,
    needs: [],
    documents: false,
    inputTokens: 0,
    maxTokens: null,
    group: null,
    contentType: 'application/json',
    headers: { 'x-demo-scenario': 'naïve ✓' },
    clientRequestId: null,
    traceparent: null,
    onDisconnect: 'cancel',
    acceptedAt: now,
    deadlineAt: now + deadlineInMs,
  }
}

export function admissionOf(clock: Clock, deadlineInMs?: number): Admission {
  const request = requestOf(clock, deadlineInMs)
  return {
    request,
    body: Buffer.from(`{"model":"fast","user":"${request.id}"}`),
    attach: null,
    charges: [],
  }
}

export function planOf(poolName = pool): RoutePlan {
  return {
    targets: [
      {
        provider: 'acme',
        pool: poolName,
        wire: 'openai-chat',
        model: 'acme/fast',
        upstreamModel: 'fast-2',
        price: { input: '0.15', output: '0.60' },
        maxTokens: null,
        traits: {},
        maxEventBytes: null,
      },
    ],
    reason: { code: 'alias', detail: 'fast' },
  }
}

export const head: EntryHead = {
  wire: 'openai-chat',
  provider: 'acme',
  model: 'acme/fast',
  reason: 'alias',
  attempt: 1,
  adapted: ['max_tokens'],
}

export function part(text: string, first: EntryHead | null = null): NewEntry {
  return { head: first, data: Buffer.from(text) }
}

export function callOf(request: GenerationRequest, state: TerminalState): ProviderCallRecord {
  return {
    ...noUsage,
    input_tokens: 11,
    output_tokens: 7,
    attempt: 1,
    provider: 'acme',
    model: 'acme/fast',
    state: state === 'expired' ? 'failed' : state,
    error_code: state === 'completed' ? null : 'upstream_error',
    cost_nano_usd: 5_850,
    started_at: request.acceptedAt + 1,
    finished_at: request.acceptedAt + 20,
  }
}

export function endOf(request: GenerationRequest, state: TerminalState = 'completed'): End {
  const usage = { ...noUsage, input_tokens: 11, output_tokens: 7 }
  const failed = { code: 'upstream_error', status: 502, message: 'no answer', retryable: true }
  const error = state === 'completed' ? null : failed
  return {
    terminal: {
      state,
      finishReason: state === 'completed' ? 'stop' : null,
      error,
      usage,
      amountNanoUsd: 5_850,
    },
    usage: {
      ...usage,
      request_id: request.id,
      tenant_id: request.caller.tenantId,
      project_id: request.caller.projectId,
      key_id: request.caller.keyId,
      user_id: request.caller.userId,
      channel: 'http',
      operation: request.operation,
      requested_model: request.model,
      model: 'acme/fast',
      provider: 'acme',
      calls: [callOf(request, state)],
      state,
      error_code: error?.code ?? null,
      amount_nano_usd: 5_850,
      price: { input: '150', output: '600' },
      stream: request.stream,
      accepted_at: request.acceptedAt,
      finished_at: request.acceptedAt + 20,
      first_part_ms: 12,
    },
  }
}
