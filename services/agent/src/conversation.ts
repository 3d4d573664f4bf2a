import type { StoredResponse } from '@sluice/store/response-store'
import { isObject, parseJson } from '@sluice/wire/json'

/** What was asked and answered, turn by turn, as items. Instructions are of one turn only and no part of it. */
export function conversationItems(chain: readonly StoredResponse[]): unknown[] {
  return chain.flatMap(({ input, response }) => [
    ...listOf(parseJson(input)),
    ...outputOf(response),
  ])
}

function outputOf(response: string | null): unknown[] {
  const parsed = response === null ? null : parseJson(response)
  return isObject(parsed) ? listOf(parsed['output']).filter((item) => !isCutCall(item)) : []
}

/** Of an answer that broke off: it was never made, and nothing can follow it. */
function isCutCall(item: unknown): boolean {
  return isObject(item) && item['type'] === 'function_call' && item['status'] === 'incomplete'
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
