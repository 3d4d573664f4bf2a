import type { Clock } from '@sluice/kernel/clock'
import type { Credential } from './credentials.ts'

/** Longest that one is let rest on the word of a provider: a wrong hint must not lock a key out for hours. */
const maxRestMs = 15 * 60_000

/** The credentials of a provider in turn, but for those that rest. */
export class KeyPool {
  readonly #credentials: readonly Credential[]
  readonly #clock: Clock
  /** Monotonic ms until which each one rests. */
  readonly #restsUntil: number[]
  #turn = 0

  constructor(credentials: readonly Credential[], clock: Clock) {
    this.#credentials = credentials
    this.#clock = clock
    this.#restsUntil = credentials.map(() => 0)
  }

  get size(): number {
    return this.#credentials.length
  }

  /** Null while all of them rest. */
  take(): Credential | null {
    const { length } = this.#credentials
    if (length === 1 && this.#restsUntil[0] === 0) return this.#credentials[0] ?? null
    const now = this.#clock.monotonic()
    for (let i = 0; i < length; i++) {
      const at = (this.#turn + i) % length
      if ((this.#restsUntil[at] ?? 0) > now) continue
      this.#turn = at + 1
      return this.#credentials[at] ?? null
    }
    return null
  }

  rest({ number }: Pick<Credential, 'number'>, ms: number): void {
    const until = this.#clock.monotonic() + Math.min(ms, maxRestMs)
    this.#restsUntil[number - 1] = Math.max(this.#restsUntil[number - 1] ?? 0, until)
  }

  /** How long until one has rested; 0 when one can be taken now. */
  get restMs(): number {
    return Math.max(0, Math.min(...this.#restsUntil) - this.#clock.monotonic())
  }

  /** Those that rest now. */
  get resting(): number {
    const now = this.#clock.monotonic()
    return this.#restsUntil.filter((until) => until > now).length
  }

  /** By an operator: all are to be tried again. */
  wake(): void {
    this.#restsUntil.fill(0)
  }
}
