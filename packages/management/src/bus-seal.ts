import { GatewayError } from '@sluice/kernel/errors'
import type { SecretBox } from '@sluice/secret-box'
import { managementErrors } from './errors.ts'

/**
 * Secrets on their way between the edge and an owner: what is on the bus may be on its disk a moment later. Bodies and replies of routes that say
 * `secret`, and headers with cookies, cross it encrypted, each for its call alone.
 */
export interface BusSeal {
  seal(value: unknown, part: BusPart): unknown
  /** What was not sealed is given back as it is. Throws where it was, for another call, or with another key. */
  open(value: unknown, part: BusPart): unknown
}

export interface BusPart {
  readonly route: string
  readonly requestId: string
  readonly part: 'body' | 'reply' | 'headers' | 'reply-headers'
}

const member = 'sealed$'

/** `box` null: there is no key: the bus is this process's own memory (production without `ENCRYPTION_KEY`), and nothing is sealed. */
export function createBusSeal(box: SecretBox | null): BusSeal {
  return {
    seal(value, part) {
      if (box === null || value === null || value === undefined) return value
      return { [member]: box.seal(JSON.stringify(value), placeOf(part)) }
    },
    open(value, part) {
      const sealed = sealedOf(value)
      if (sealed === null) return value
      if (box === null) throw new GatewayError(managementErrors.bus_key_missing)
      return JSON.parse(box.open(sealed, placeOf(part))) as unknown
    },
  }
}

function sealedOf(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || !(member in value)) return null
  const sealed: unknown = value[member]
  return typeof sealed === 'string' ? sealed : null
}

function placeOf({ route, requestId, part }: BusPart) {
  return { tenant: '*', table: `bus ${route}`, column: part, row: requestId }
}
