import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import type { Claim } from '@sluice/generations'
import type { Clock, Timer } from '@sluice/kernel/clock'
import type { GatewayError } from '@sluice/kernel/errors'
import { backOffMs, chanceOf, isSafeToRepeat, passesOn, type RetryPolicy } from './fault.ts'

/** `again`: the same call, with another key or after a pause; `target`: the plan's next one. */
export type NextCall =
  | { readonly kind: 'again'; readonly afterMs: number }
  | { readonly kind: 'target' }

type AnyError = GatewayError | GenerationError

/**
 * Which call of a claim comes next, while nothing was published: the same one after a pause only where the plan has no further target, with another
 * key of a pool at once, and otherwise the next target, if that may do better. Makes no calls itself.
 */
export class CallSequence {
  readonly #claim: Claim
  readonly #retry: RetryPolicy
  readonly #clock: Clock
  #index = 0
  #target: RouteTarget
  /** Calls announced before the current one, and how many of them were of the current target. */
  #earlierCalls = 0
  #repetitions = 0
  #pause: Timer | null = null

  constructor(claim: Claim, retry: RetryPolicy, clock: Clock) {
    this.#claim = claim
    this.#retry = retry
    this.#clock = clock
    this.#target = targetAt(claim, 0)
  }

  get target(): RouteTarget {
    return this.#target
  }

  /** Number of the current call in its generation. */
  get attempt(): number {
    return this.#claim.attempt + this.#earlierCalls
  }

  /** Milliseconds until the same call may be made again; null = it may not. `deadlineAt`: monotonic ms. */
  repetitionMs(error: AnyError, status: number, deadlineAt: number): number | null {
    if (this.#hasNextTarget || this.#repetitions + 1 >= this.#retry.maxAttempts) return null
    if (!isSafeToRepeat(error, status)) return null
    const delayMs = backOffMs(
      this.#retry,
      this.#repetitions,
      chanceOf(this.#claim.id, this.attempt),
    )
    return this.#clock.monotonic() + delayMs < deadlineAt ? delayMs : null
  }

  /** After a call that failed; null = there is none. `keys`: of a pool whose other keys may be tried, else 0. */
  next(error: AnyError, repetitionMs: number | null, keys: number): NextCall | null {
    if (keys > 0 && this.#hasUntriedKey(keys)) return { kind: 'again', afterMs: 0 }
    if (repetitionMs !== null) return { kind: 'again', afterMs: repetitionMs }
    return this.#hasNextTarget && passesOn(error) ? { kind: 'target' } : null
  }

  /** `ready` is called once the next call is the current one: at once, or after a pause that `stop` ends. */
  moveOn(next: NextCall, ready: () => void): void {
    const begin = () => {
      this.#earlierCalls += 1
      ready()
    }
    if (next.kind === 'target') {
      this.#index += 1
      this.#target = targetAt(this.#claim, this.#index)
      this.#repetitions = 0
    } else this.#repetitions += 1
    if (next.kind === 'target' || next.afterMs === 0) begin()
    else this.#pause = this.#clock.after(next.afterMs, begin)
  }

  /** No call comes any more. */
  stop(): void {
    this.#pause?.cancel()
  }

  get #hasNextTarget(): boolean {
    return this.#index + 1 < this.#claim.plan.targets.length
  }

  /** Every key is tried once, and a token that was renewed once. */
  #hasUntriedKey(keys: number): boolean {
    return this.#repetitions < Math.max(1, keys - 1)
  }
}

function targetAt({ plan }: Claim, index: number): RouteTarget {
  const target = plan.targets[index]
  if (!target) throw new Error(`the route plan has no target ${String(index)}`)
  return target
}
