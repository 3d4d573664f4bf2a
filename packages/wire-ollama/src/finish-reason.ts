/** A call counts as the reason for the end (T10), unless the answer was cut: then its arguments may be cut too (T09). */
export function finishReason(doneReason: unknown, hasToolCalls: boolean): string {
  if (doneReason === 'length') return 'length'
  return hasToolCalls ? 'tool_calls' : 'stop'
}
