import type { Finish, FinishReason } from '@sluice/wire/canonical-reply'

/**
 * A call counts as the reason for the end (T10), unless the answer was cut: then its arguments may be cut too (T09). `load` and `unload` end
 * an answer that was never begun.
 */
export function decodeFinish(doneReason: unknown, hasToolCalls: boolean): Finish {
  const raw = typeof doneReason === 'string' ? { raw: doneReason } : {}
  if (doneReason === 'length') return { reason: 'length', ...raw }
  return { reason: hasToolCalls ? 'tool_calls' : 'stop', ...raw }
}

export function encodeFinish(reason: FinishReason): string {
  return reason === 'length' ? 'length' : 'stop'
}
