/** The status of an answer that made a client throw, wherever the client keeps it; null = it names none. */
export function statusOf(error: unknown, depth = 0): number | null {
  if (typeof error !== 'object' || error === null || depth > 5) return null
  const {
    status,
    statusCode,
    code,
    lastError,
    cause,
    error: inner,
  } = error as Record<string, unknown>
  for (const value of [status, statusCode, code]) if (typeof value === 'number') return value
  return [lastError, cause, inner].reduce<number | null>(
    (found, next) => found ?? statusOf(next, depth + 1),
    null,
  )
}
