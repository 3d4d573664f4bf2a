import type { Cursor } from '@sluice/contracts/generation/log-entry'

/** An entry as it lies in Redis: head and end are JSON, '' when there is none. */
export interface RawEntry {
  readonly epoch: number
  readonly seq: number
  readonly head: string
  readonly data: Buffer
  readonly end: string
}

/** `<epoch>-<seq>`; null for ''. */
export function parseCursor(text: string): Cursor | null {
  const dash = text.indexOf('-')
  if (dash < 0) return null
  return { epoch: Number(text.slice(0, dash)), seq: Number(text.slice(dash + 1)) }
}

/** The items of a JSON array. */
export function parseCalls<Call>(items: string): readonly Call[] {
  return items === '' ? [] : (JSON.parse(`[${items}]`) as Call[])
}
