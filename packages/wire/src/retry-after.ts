/**
 * How long a provider asks us to wait: `retry-after-ms`, else `retry-after` in seconds (fractions allowed) or as a date. A date is read
 * against the `date` header of the same reply, so that neither clock has to be right; without one it says nothing.
 */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const exact = milliseconds(Number.parseFloat(headers['retry-after-ms'] ?? ''))
  if (exact !== undefined) return exact
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return undefined
  if (/^[\d.]+$/.test(value)) return milliseconds(Number.parseFloat(value) * 1000)
  return milliseconds(Math.max(0, Date.parse(value) - Date.parse(headers['date'] ?? '')))
}

function milliseconds(value: number): number | undefined {
  return Number.isFinite(value) && value >= 0 ? Math.ceil(value) : undefined
}
