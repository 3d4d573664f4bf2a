import type { Clock } from '@sluice/kernel/clock'

export interface CircuitPolicy {
  readonly enabled: boolean
  /** Failures in a row that open it. */
  readonly threshold: number
  readonly resetMs: number
}

/**
 * One provider's circuits, one per tenant: what a tenant's key or region breaks must not stop the others.
 *
 *   closed ── threshold failures in a row ──► open ── resetMs ──► one probe ──► success: closed │ failure: open again
 */
export class Circuits {
  readonly #policy: CircuitPolicy
  readonly #clock: Clock
  /** Only tenants whose last call failed are in here. */
  readonly #troubled = new Map<string, Circuit>()

  constructor(policy: CircuitPolicy, clock: Clock) {
    this.#policy = policy
    this.#clock = clock
  }

  /** Milliseconds for which a tenant's calls are refused; 0 = one may be made. Says nothing about whether a probe is under way. */
  openMs(tenant: string): number {
    const circuit = this.#troubled.get(tenant)
    if (circuit === undefined || circuit.openUntil === null) return 0
    return Math.max(0, circuit.openUntil - this.#clock.monotonic())
  }

  /** Takes the one probe of an open circuit. What it returns is to be handed back with `ended`; null = another probe is under way. */
  admit(tenant: string): Admission | null {
    const circuit = this.#troubled.get(tenant)
    if (circuit === undefined || circuit.openUntil === null) return 'call'
    if (circuit.isProbed || this.openMs(tenant) > 0) return null
    circuit.isProbed = true
    return 'probe'
  }

  /** `unknown`: the call said nothing about the provider's health. */
  ended(tenant: string, admission: Admission, outcome: 'success' | 'failure' | 'unknown'): void {
    if (outcome === 'success') {
      this.#troubled.delete(tenant)
      return
    }
    const known = this.#troubled.get(tenant)
    if (known && admission === 'probe') known.isProbed = false
    if (outcome === 'failure') this.#failed(tenant, known)
  }

  #failed(tenant: string, known: Circuit | undefined): void {
    if (!this.#policy.enabled) return
    const circuit = known ?? { failures: 0, openUntil: null, isProbed: false }
    circuit.failures += 1
    if (circuit.failures >= this.#policy.threshold)
      circuit.openUntil = this.#clock.monotonic() + this.#policy.resetMs
    this.#troubled.set(tenant, circuit)
  }

  /** Tenants for which it is open. */
  get open(): number {
    let open = 0
    for (const { openUntil } of this.#troubled.values()) if (openUntil !== null) open += 1
    return open
  }

  /** By an operator: everybody may try again. */
  reset(): void {
    this.#troubled.clear()
  }
}

interface Circuit {
  failures: number
  /** Monotonic ms; null = closed. */
  openUntil: number | null
  isProbed: boolean
}

export type Admission = 'call' | 'probe'
