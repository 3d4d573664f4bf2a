import type { ReasoningPart } from '@sluice/wire/canonical-request'
import type { JsonObject } from '@sluice/wire/json'
import { signed } from '@sluice/wire-openai-chat/encode-messages'
import { encryptedOf } from './reasoning-item.ts'

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

export function messageItem(
  id: string,
  status: ItemStatus,
  content: readonly JsonObject[],
): JsonObject {
  return { id, type: 'message', status, role: 'assistant', content }
}

export function textPart(type: 'text' | 'refusal', text: string): JsonObject {
  if (type === 'refusal') return { type: 'refusal', refusal: text }
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

export interface WrittenCall {
  readonly id: string
  readonly callId: string
  readonly name: string
  /** Gemini's, of this call. */
  readonly signature?: string | undefined
}

/** A signature stands where chat carries it: clients that return items as they are return it, and a kept response has it (T25). */
export function callItem(call: WrittenCall, status: ItemStatus, json: string): JsonObject {
  const { id, callId, name, signature } = call
  const written = { id, type: 'function_call', status, call_id: callId, name, arguments: json }
  return signature === undefined ? written : { ...written, ...signed(signature) }
}

/** What of a thought only its maker can read. */
export type Opaque = Pick<ReasoningPart, 'signature' | 'redacted' | 'id' | 'origin'>

export function reasoningItem(id: string, text: string, opaque: Opaque): JsonObject {
  const encrypted = encryptedOf(opaque)
  return {
    id,
    type: 'reasoning',
    summary: text === '' ? [] : [summaryPart(text)],
    ...(encrypted === null ? {} : { encrypted_content: encrypted }),
  }
}

export function summaryPart(text: string): JsonObject {
  return { type: 'summary_text', text }
}
