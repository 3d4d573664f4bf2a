import type { Finish, FinishReason } from '@sluice/wire/canonical-reply'
import { isObject, type JsonObject, stringOrNull } from '@sluice/wire/json'

/** What the status of an ended response says, with the calls it holds; null = it has not ended, or has failed. */
export function decodeFinish(response: JsonObject, hasCalls: boolean): Finish | null {
  const status = response['status'] ?? 'completed'
  if (status === 'completed') return { reason: hasCalls ? 'tool_calls' : 'stop' }
  if (status !== 'incomplete') return null
  const { incomplete_details: details } = response
  const raw = isObject(details) ? stringOrNull(details['reason']) : null
  if (raw === 'content_filter') return { reason: 'content_filter' }
  return raw === null || raw === 'max_output_tokens'
    ? { reason: 'length' }
    : { reason: 'length', raw }
}

export interface Ending {
  readonly status: 'completed' | 'incomplete'
  readonly reason: string | null
}

export function encodeFinish(reason: FinishReason): Ending {
  switch (reason) {
    case 'length':
      return { status: 'incomplete', reason: 'max_output_tokens' }
    case 'content_filter':
      return { status: 'incomplete', reason: 'content_filter' }
    case 'stop':
    case 'tool_calls':
      return { status: 'completed', reason: null }
  }
}
