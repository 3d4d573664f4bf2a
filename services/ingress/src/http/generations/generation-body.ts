import type { GenerationView } from '@sluice/contracts/http/generation'
import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import { formatCursor } from '../stream-cursor.ts'

/** A generation as `GET /v1/generations/{id}` shows it. */
export function generationBody(summary: GenerationSummary): GenerationView {
  const { id, state, model, calls, terminal, acceptedAt, finishedAt, lastCursor } = summary
  return {
    id,
    state,
    model,
    attempts: calls.map(({ attempt, provider, state: callState, errorCode }) => ({
      attempt,
      provider,
      state: callState,
      ...(errorCode === null ? {} : { error: errorCode }),
    })),
    usage: terminal === null ? null : terminal.usage,
    cost_nano_usd: terminal === null ? null : terminal.amountNanoUsd,
    ...(terminal?.error
      ? { error: { code: terminal.error.code, message: terminal.error.message } }
      : {}),
    created_at: acceptedAt,
    finished_at: finishedAt,
    last_cursor: lastCursor === null ? null : formatCursor(lastCursor),
  }
}
