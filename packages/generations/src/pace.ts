import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import { GatewayError, toGenerationError } from '@sluice/kernel/errors'
import { generationErrors, retryAfterMs } from './errors.ts'

/** Over so long a time it is counted how many are taken up, ms. */
export const paceWindowMs = 5_000
const longestWaitMs = 60_000

/** How many are taken up in a second, lately. */
export class Pace {
  #startedAt = 0
  #count = 0
  #before = 0

  note(now: number): void {
    this.#turn(now)
    this.#count += 1
  }

  perSecond(now: number): number {
    this.#turn(now)
    const seconds = (paceWindowMs + now - this.#startedAt) / 1_000
    return (this.#before + this.#count) / seconds
  }

  #turn(now: number): void {
    const windows = Math.floor((now - this.#startedAt) / paceWindowMs)
    if (windows === 0) return
    this.#before = windows === 1 ? this.#count : 0
    this.#count = 0
    this.#startedAt = Math.floor(now / paceWindowMs) * paceWindowMs
  }
}

/** Of a call that there is no room for: how many would be before it, and for how long as far as it can be told. */
export function noRoom(
  code: 'server_is_overloaded' | 'tenant_queue_full',
  ahead: number,
  perSecond: number,
): GenerationError {
  const waitMs = perSecond > 0 ? Math.ceil(ahead / perSecond) * 1_000 : null
  const wait = Math.min(Math.max(waitMs ?? retryAfterMs, retryAfterMs), longestWaitMs)
  const guess = waitMs === null ? '' : `, about ${String(Math.ceil(waitMs / 1_000))} s`
  const definition = generationErrors[code]
  const message = `${definition.title}: ${String(ahead)} calls are before this one${guess}`
  return {
    ...toGenerationError(new GatewayError(definition, undefined, { retryAfterMs: wait })),
    message,
  }
}
