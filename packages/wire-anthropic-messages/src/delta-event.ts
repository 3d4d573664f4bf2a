/** A piece of a block, as most events of a stream are. */
export interface DeltaEvent {
  readonly index: number
  readonly kind: DeltaKind
  /** As it stands in the JSON, escapes and all. */
  readonly raw: string
}

export type DeltaKind = 'text' | 'thinking' | 'partial_json'

/** Longer payloads are parsed: the pattern keeps a place to return to for each character it takes. */
const maxLength = 65_536

/**
 * The whole payload, so that whatever fits is known to be valid JSON of exactly these members. Blanks may stand between them: other vendors
 * write them, and Anthropic pads short events with them.
 */
const pattern =
  // oxlint-disable-next-line no-control-regex -- JSON strings hold none, and that is what is checked
  /^\{ *"type": *"content_block_delta", *"index": *(\d{1,6}), *"delta": *\{ *"type": *"(?:text|thinking|input_json)_delta", *"(text|thinking|partial_json)": *"([^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*)" *\} *\} *$/

/** Reads a delta without parsing it; null for anything that is not plainly one. */
export function readDelta(payload: string): DeltaEvent | null {
  if (payload.length > maxLength) return null
  const match = pattern.exec(payload)
  if (!match) return null
  const [, index = '', kind = '', raw = ''] = match
  return { index: Number(index), kind: kind as DeltaKind, raw }
}

export function textOf({ raw }: DeltaEvent): string {
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}

export function lengthOf(delta: DeltaEvent): number {
  return delta.raw.includes('\\') ? textOf(delta).length : delta.raw.length
}
