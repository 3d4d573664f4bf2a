import type { FinishReason } from '@sluice/wire/canonical-reply'

/** Values seen in OpenAI-shaped replies of other vendors, in OpenAI's words. What is in neither list counts as `stop`. */
const others: Readonly<Record<string, FinishReason>> = {
  function_call: 'tool_calls',
  tool_use: 'tool_calls',
  model_length: 'length',
  max_tokens: 'length',
  content_filtered: 'content_filter',
}
const own: readonly FinishReason[] = ['stop', 'length', 'tool_calls', 'content_filter']

export function normalFinishReason(value: string): FinishReason {
  const known = own.find((reason) => reason === value)
  return known ?? (Object.hasOwn(others, value) ? others[value] : undefined) ?? 'stop'
}

/** The model broke off: an error, although it looks like an end. */
export function isErrorFinish(value: string): boolean {
  return value === 'error' || value === 'insufficient_system_resource'
}
