import { isObject, type JsonObject } from '@sluice/wire/json'

/** One misread unit must not lock a model out for hours. */
const longestMs = 15 * 60_000
/** Vertex says nothing about the wait. */
const unknownMs = 60_000

/**
 * How long Google asks us to wait; there is no header. In order: `RetryInfo.retryDelay`, `ErrorInfo.metadata.quotaResetDelay`, the text
 * ("Please retry in 26.6s").
 */
export function retryDelayMs(details: readonly JsonObject[], message: string): number {
  const said =
    first(details, (detail) => detail['retryDelay']) ??
    first(
      details,
      (detail) => isObject(detail['metadata']) && detail['metadata']['quotaResetDelay'],
    ) ??
    durationMs(/retry in ([\dhms.]+)/i.exec(message)?.[1]?.replace(/\.$/, ''))
  return Math.min(said ?? unknownMs, longestMs)
}

function first(
  details: readonly JsonObject[],
  read: (detail: JsonObject) => unknown,
): number | null {
  for (const detail of details) {
    const found = durationMs(read(detail))
    if (found !== null) return found
  }
  return null
}

const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }

/** `45.837906927s`, `373.801628ms`, `1h16m0.667923083s`, `{seconds, nanos}`; rounded up. Null for anything else. */
export function durationMs(value: unknown): number | null {
  if (isObject(value)) {
    const { seconds = 0, nanos = 0 } = value
    const total = Number(seconds) * 1_000 + Number(nanos) / 1e6
    return Number.isFinite(total) && total >= 0 ? Math.ceil(total) : null
  }
  if (typeof value !== 'string' || !/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(value)) return null
  let total = 0
  for (const [, amount, unit = ''] of value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
    total += Number(amount) * (unitMs[unit] ?? 0)
  }
  return Math.ceil(total)
}
