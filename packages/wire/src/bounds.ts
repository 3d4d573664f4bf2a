import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from './errors.ts'

/** Parts of one answer that may be open at once (blocks, items, calls, choices). */
const maxOpenParts = 4_096

/** Characters of one translated answer, and of what of it is held back: no model writes a million tokens. */
export const maxAnswerCharacters = 4 * 1024 * 1024

/** Throws for an answer of which more would be kept than any model gives. */
export function boundOpenParts(count: number): void {
  if (count > maxOpenParts) throw tooLarge('parts of one answer are open')
}

/** Throws for an answer that is longer than any model gives. */
export function boundAnswer(characters: number): void {
  if (characters > maxAnswerCharacters) throw tooLarge('characters are in one answer')
}

function tooLarge(what: string): GatewayError {
  return new GatewayError(wireErrors.wire_event_too_large, `more ${what} than are accepted`)
}
