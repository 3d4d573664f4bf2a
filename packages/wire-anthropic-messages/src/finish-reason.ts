import type { Finish, FinishReason } from '@sluice/wire/canonical-reply'
import { stringOrNull } from '@sluice/wire/json'

/** What is not in the list counts as `stop`, with the provider's word beside it (`pause_turn`, `compaction`). */
const reasons: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['tool_use', 'tool_calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content_filter'],
])

export function decodeFinish(stopReason: string, stopSequence: unknown): Finish {
  const sequence = stringOrNull(stopSequence)
  return {
    reason: reasons.get(stopReason) ?? 'stop',
    ...(sequence === null ? {} : { stopSequence: sequence }),
    raw: stopReason,
  }
}

const stopReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
}

/** A turn that ends with calls ends in `tool_use`, also where its provider called that an ordinary end (T10). */
export function encodeFinish(
  { reason, stopSequence }: Finish,
  called: boolean,
): { readonly stop_reason: string; readonly stop_sequence: string | null } {
  if (reason === 'stop' && called) return { stop_reason: 'tool_use', stop_sequence: null }
  return reason === 'stop' && stopSequence !== undefined
    ? { stop_reason: 'stop_sequence', stop_sequence: stopSequence }
    : { stop_reason: stopReasons[reason], stop_sequence: null }
}
