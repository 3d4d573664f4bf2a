import { stringOrNull, isObject, parseJson } from '@sluice/wire/json'
import type { ReasoningPart } from '@sluice/wire/canonical-request'
import { WireName } from '@sluice/contracts/wire-name'

/*
 * Ids and thoughts that the gateway wrote into an answer whose provider has none, marked `gw_` so that they are known again when the caller
 * sends them back: a provider of this wire would answer 404 for such an id (T11), and cannot read such thoughts.
 */

export type ItemKind = 'msg' | 'fc' | 'rs'

/** Also tells which response an item belongs to. */
export function itemId(kind: ItemKind, requestId: string, index: number): string {
  return `${kind}_gw_${requestId}_${String(index)}`
}

const ownItem = /^(?:msg|fc|rs)_gw_([0-9a-f-]{36})_\d+$/

/** The generation whose answer the item is of; null when another made it. */
export function requestIdOfItem(id: unknown): string | null {
  return (typeof id === 'string' && ownItem.exec(id)?.[1]) || null
}

const seal = 'gw_'

type Thoughts = Pick<ReasoningPart, 'signature' | 'redacted' | 'origin'>

/** What another wire's model must get back with its thoughts, as `encrypted_content`: opaque to the caller, who returns it (T23). */
export function sealThoughts({ origin, signature, redacted }: Thoughts): string {
  return seal + Buffer.from(JSON.stringify({ origin, signature, redacted })).toString('base64url')
}

export function isSealed(encrypted: unknown): boolean {
  return typeof encrypted === 'string' && encrypted.startsWith(seal)
}

/** Null when the text is not ours, or was tampered with. */
export function openThoughts(encrypted: string): Thoughts | null {
  if (!isSealed(encrypted)) return null
  const value = parseJson(Buffer.from(encrypted.slice(seal.length), 'base64url').toString())
  if (!isObject(value)) return null
  const origin = WireName.safeParse(value['origin'])
  if (!origin.success) return null
  const signature = stringOrNull(value['signature'])
  const redacted = stringOrNull(value['redacted'])
  return {
    origin: origin.data,
    ...(signature === null ? {} : { signature }),
    ...(redacted === null ? {} : { redacted }),
  }
}
