import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import { GatewayError } from '@sluice/kernel/errors'
import type { Credential } from '@sluice/provider-access/credentials'
import { wireErrors } from '@sluice/wire/errors'
import type { Admission } from './circuits.ts'
import { providerAdapterErrors } from './errors.ts'
import type { Fault } from './fault.ts'
import type { Gate, Waiter } from './gate.ts'
import type { CallableProvider } from './providers.ts'

/** Told once, at once or after a wait. */
export interface PassageHooks {
  passed(credential: Credential): void
  refused(error: GatewayError): void
}

/** Rests where the provider does not say how long. */
const rateRestMs = 10_000
const quotaRestMs = 15 * 60_000
const credentialRestMs = 5 * 60_000

/** What callers are told to wait at most for a provider that is down. */
const downRetryMs = 30_000

/** What callers are told to wait for a place. */
const fullRetryMs = 5_000

/**
 * What one call needs before it is made, and gives back when it has ended: a circuit that lets it, a place at its provider and its model, a
 * credential that does not rest.
 */
export class Passage implements Waiter {
  readonly #provider: CallableProvider
  /** Whose circuit of this provider. */
  readonly #circuit: string
  readonly #hooks: PassageHooks
  readonly #gates: readonly Gate[]
  /** How many of the gates it is in; the next one may be waited for. */
  #entered = 0
  #admission: Admission | null = null
  #credential: Credential | null = null
  #isOver = false

  constructor(
    provider: CallableProvider,
    { model }: Pick<RouteTarget, 'model'>,
    tenant: string,
    hooks: PassageHooks,
  ) {
    this.#provider = provider
    this.#circuit = tenant
    this.#hooks = hooks
    this.#gates = provider.gatesOf(model)
  }

  begin(): void {
    // Before any place is waited for: what cannot be called is refused at once.
    const { circuits, downMs } = this.#provider
    const openMs = Math.max(circuits.openMs(this.#circuit), Math.min(downMs, downRetryMs))
    if (openMs > 0) this.#refuse(circuitOpen(openMs))
    else this.#enter()
  }

  admitted(): void {
    this.#entered += 1
    this.#enter()
  }

  timedOut(): void {
    this.#refuse(full())
  }

  #enter(): void {
    for (let gate = this.#gates[this.#entered]; gate; gate = this.#gates[this.#entered]) {
      const entered = gate.enter(this)
      if (entered === 'waiting') return
      if (entered === 'full') {
        this.#refuse(full())
        return
      }
      this.#entered += 1
    }
    this.#pass()
  }

  #pass(): void {
    const { circuits, keys } = this.#provider
    const credential = keys.take()
    if (credential === null) {
      const options = { retryAfterMs: keys.restMs }
      this.#refuse(new GatewayError(wireErrors.rate_limit_exceeded, undefined, options))
      return
    }
    this.#admission = circuits.admit(this.#circuit)
    if (this.#admission === null) {
      this.#refuse(circuitOpen(1_000))
      return
    }
    this.#credential = credential
    this.#hooks.passed(credential)
  }

  #refuse(error: GatewayError): void {
    this.leave()
    this.#hooks.refused(error)
  }

  succeeded(): void {
    this.#conclude('success')
  }

  /**
   * `retryAfterMs`: as the provider wants it. `isLastWord`: it refused or never answered, and is not asked once more for the same generation.
   * True: the same call may be made with another credential at once.
   */
  failed(fault: Fault, retryAfterMs: number | undefined, isLastWord: boolean): boolean {
    const credential = this.#credential
    const { keys } = this.#provider
    // A call that is refused for what it is was answered by a provider that is well.
    if (fault === 'call') this.#conclude('success')
    else this.#conclude(fault === 'provider' && isLastWord ? 'failure' : 'unknown')
    if (credential === null) return false
    if (fault === 'credential') {
      this.#provider.alertCredential(credential)
      if (credential.renew()) return true
    }
    const restMs = restOf(fault, retryAfterMs)
    // With one key there is nothing to spare it for: what it may still be used for only the provider knows.
    if (restMs === null || keys.size === 1) return false
    keys.rest(credential, restMs)
    this.#provider.tellRest(credential, restMs)
    return keys.restMs === 0
  }

  /** It ends without a word about the provider. */
  leave(): void {
    this.#conclude('unknown')
  }

  #conclude(outcome: 'success' | 'failure' | 'unknown'): void {
    if (this.#isOver) return
    this.#isOver = true
    if (this.#admission !== null) {
      // Scenarios of the demo fail because they were asked to: that says nothing of its health.
      const onPurpose = outcome === 'failure' && this.#provider.row.origin === 'built-in'
      const told = onPurpose ? 'unknown' : outcome
      this.#provider.circuits.ended(this.#circuit, this.#admission, told)
    }
    if (outcome === 'success') this.#provider.answers()
    this.#gates[this.#entered]?.giveUp(this)
    for (let i = 0; i < this.#entered; i++) this.#gates[i]?.leave()
  }
}

function restOf(fault: Fault, retryAfterMs: number | undefined): number | null {
  switch (fault) {
    case 'rate':
      return retryAfterMs ?? rateRestMs
    case 'quota':
      return quotaRestMs
    case 'credential':
      return credentialRestMs
    case 'provider':
    case 'call':
      return null
  }
}

function full(): GatewayError {
  return new GatewayError(providerAdapterErrors.provider_full, undefined, {
    retryAfterMs: fullRetryMs,
  })
}

function circuitOpen(retryAfterMs: number): GatewayError {
  const options = { retryAfterMs: Math.ceil(retryAfterMs) }
  return new GatewayError(providerAdapterErrors.circuit_open, undefined, options)
}
