import type { EntryHead, LogEntry } from '@sluice/contracts/generation/log-entry'

/** What a writer that was lost had published: the last thing that is known of its work, and what it is billed on. */
export interface Published {
  readonly head: EntryHead | null
  /** Of text, reasoning and tool arguments, in characters. */
  readonly outputCharacters: number
}

/** Members whose strings are generated text, in every dialect. */
const textMembers = new Set([
  'arguments',
  'content',
  'delta',
  'partial_json',
  'reasoning',
  'reasoning_content',
  'refusal',
  'response',
  'text',
  'thinking',
])

/** Null when nothing was published. */
export function publishedOf(entries: readonly LogEntry[]): Published | null {
  if (entries.length === 0) return null
  let outputCharacters = 0
  for (const { data } of entries)
    for (const payload of data.toString().split('\n')) outputCharacters += charactersOf(payload)
  return { head: entries.findLast(({ head }) => head !== null)?.head ?? null, outputCharacters }
}

/** A count, not a parse: what is not JSON counts whole. */
function charactersOf(payload: string): number {
  try {
    return textIn(JSON.parse(payload), false)
  } catch {
    return payload.length
  }
}

function textIn(value: unknown, isText: boolean): number {
  if (typeof value === 'string') return isText ? value.length : 0
  if (typeof value !== 'object' || value === null) return 0
  if (Array.isArray(value))
    return value.reduce<number>((sum, item) => sum + textIn(item, isText), 0)
  let sum = 0
  for (const [member, inner] of Object.entries(value)) sum += textIn(inner, textMembers.has(member))
  return sum
}
