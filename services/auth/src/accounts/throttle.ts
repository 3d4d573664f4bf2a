import { hash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { AccountStore } from '@sluice/store/account-store'
import { accountErrors } from './errors.ts'

export interface ThrottleContext {
  readonly store: Pick<AccountStore, 'countAttempt' | 'forgiveAttempts'>
  readonly clock: Clock
}

const windowMs = 15 * 60_000
const perAddress = 50
/** Where nobody's account is tried: a registration, a link. */
const perAddressAlone = 20
const perAccount = 5

/**
 * Attempts to sign in, counted per account and address, and per address. Whoever knows somebody's e-mail address can therefore not lock them out, and
 * an account that is not there counts like one that is. An attempt is counted before it is looked at, so that many at once are as many as one after
 * another; the right ones are taken back.
 */
export class Throttle {
  readonly #context: ThrottleContext

  constructor(context: ThrottleContext) {
    this.#context = context
  }

  /** Throws a 429. Otherwise returns what to call when the attempt was a good one. */
  async enter(kind: string, account: string | null, address: string): Promise<() => Promise<void>> {
    const from = networkOf(address)
    const ofAddress = bucket(kind, from)
    await this.#count(ofAddress, account === null ? perAddressAlone : perAddress)
    const ofAccount = account === null ? null : bucket(kind, account.toLowerCase(), from)
    if (ofAccount !== null) await this.#count(ofAccount, perAccount)
    const { store } = this.#context
    return async () => {
      if (ofAccount !== null) await store.forgiveAttempts(ofAccount, null)
      await store.forgiveAttempts(ofAddress, 1)
    }
  }

  async #count(name: string, max: number): Promise<void> {
    const { store, clock } = this.#context
    const now = clock.now()
    const { count, endsAt } = await store.countAttempt(name, windowMs, now)
    if (count <= max) return
    const retryAfterMs = Math.max(1_000, endsAt - now)
    throw new GatewayError(accountErrors.too_many_attempts, undefined, { retryAfterMs })
  }
}

/** Neither addresses nor accounts are kept in clear. */
function bucket(...parts: readonly string[]): string {
  return hash('sha256', JSON.stringify(parts))
}

/** One line has a whole /64. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array.from({ length: zeros }, () => '0'), ...back]
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')
}
