import { WireName } from '@sluice/contracts/wire-name'
import type { ReasoningPart } from '@sluice/wire/canonical-request'
import { isObject, parseJson, stringOrNull } from '@sluice/wire/json'

/** What a part of reasoning carries beside its text. */
export type Opaque = Pick<ReasoningPart, 'signature' | 'redacted' | 'id' | 'origin'>

/** Reasoning with a signature that Anthropic itself made. */
export const ownWire = 'anthropic-messages' satisfies WireName

/**
 * Begins the signature of a thinking block whose thoughts are another vendor's. Clients give thinking blocks back as they got them, so what that
 * vendor wants to see again travels in the one member they never touch, and a block that Anthropic would refuse is known by it (T24). It begins
 * with a byte that is rare in prompts: every body passed on is searched for it.
 */
export const foreignMark = '~gateway-reasoning.'

export function encodeForeign({ signature, redacted, id, origin }: Opaque): string {
  const opaque = JSON.stringify({ signature, redacted, id, origin })
  return foreignMark + Buffer.from(opaque).toString('base64url')
}

export function isForeign(signature: unknown): signature is string {
  return typeof signature === 'string' && signature.startsWith(foreignMark)
}

/** What `encodeForeign` was given. The caller may have changed it: what cannot be read is left out. */
export function decodeForeign(signature: string): Opaque {
  const encoded = signature.slice(foreignMark.length)
  const value = parseJson(Buffer.from(encoded, 'base64url').toString())
  if (!isObject(value)) return {}
  const origin = WireName.safeParse(value['origin']).data
  const given = stringOrNull(value['signature'])
  const redacted = stringOrNull(value['redacted'])
  const id = stringOrNull(value['id'])
  return {
    ...(given === null ? {} : { signature: given }),
    ...(redacted === null ? {} : { redacted }),
    ...(id === null ? {} : { id }),
    ...(origin === undefined ? {} : { origin }),
  }
}
