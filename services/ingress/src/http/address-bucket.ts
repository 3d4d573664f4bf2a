import type { ServerResponse } from 'node:http'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { WorkQueue } from '@sluice/work-queue'
import { ingressErrors } from '../errors.ts'
import { networkOf } from './client-address.ts'

export interface AddressBucketOptions {
  readonly queue: WorkQueue
  readonly clock: Clock
  readonly logger: Logger
  /** Null = no limit. */
  readonly limit: AddressLimit | null
}

export interface AddressLimit {
  /** Calls without a good credential that an address may make in a window. */
  readonly max: number
  readonly windowMs: number
}

interface Shut {
  /** Monotonic ms. */
  readonly until: number
  /** Credentials from there that are being asked about. */
  asking: number
}

/** Credentials from a shut address that are looked up at once: a good one among them is let through all the same. */
const maxAsking = 4
/** Shut addresses remembered; the rest is looked up in the count they share. */
const maxShut = 50_000

/**
 * Slows down who guesses: counts calls without a good credential by address, in a count that all replicas share, and refuses them once there were too many.
 * Calls with a good credential are neither counted nor refused, whoever else sits behind their address. While the count cannot be reached, addresses
 * that are not known to be shut are open.
 */
export class AddressBucket {
  readonly #options: AddressBucketOptions
  readonly #shut = new Map<string, Shut>()

  constructor(options: AddressBucketOptions) {
    this.#options = options
  }

  /** Says at no cost that there is nothing to look up. */
  get isAnyShut(): boolean {
    return this.#shut.size > 0
  }

  /** Before anything is looked up for a call that has no credential known to be good. Throws a 429. */
  requireOpen(address: string, response: ServerResponse): void {
    const shut = this.#find(networkOf(address))
    if (shut) throw this.#refusal(response, shut.until - this.#options.clock.monotonic())
  }

  /** Asks about a credential; from a shut address only a few at once. */
  async asking<Result>(
    address: string,
    response: ServerResponse,
    ask: () => Promise<Result>,
  ): Promise<Result> {
    const shut = this.#find(networkOf(address))
    if (!shut) return ask()
    if (shut.asking >= maxAsking) {
      throw this.#refusal(response, shut.until - this.#options.clock.monotonic())
    }
    shut.asking += 1
    try {
      return await ask()
    } finally {
      shut.asking -= 1
    }
  }

  /** After a call turned out to have no good credential. Rejects with a 429 when that was one too many. */
  async count(address: string, response: ServerResponse): Promise<void> {
    const { queue, clock, limit, logger } = this.#options
    if (limit === null) return
    const network = networkOf(address)
    this.requireOpen(address, response)
    let counted
    try {
      counted = await queue.count(`address:${network}`, limit.windowMs)
    } catch (problem) {
      logger.debug({ problem: messageOf(problem) }, 'calls by address are not counted')
      return
    }
    if (counted.count <= limit.max) return
    if (this.#shut.size >= maxShut) this.#shut.clear()
    this.#forgetEnded()
    this.#shut.set(network, { until: clock.monotonic() + counted.endsInMs, asking: 0 })
    throw this.#refusal(response, counted.endsInMs)
  }

  /** In the order of their shutting, which with one window for all is that of their ends. */
  #forgetEnded(): void {
    const now = this.#options.clock.monotonic()
    for (const [network, { until }] of this.#shut) {
      if (until > now) return
      this.#shut.delete(network)
    }
  }

  #find(network: string): Shut | null {
    const shut = this.#shut.get(network)
    if (!shut) return null
    if (shut.until > this.#options.clock.monotonic()) return shut
    this.#shut.delete(network)
    return null
  }

  #refusal(response: ServerResponse, endsInMs: number): GatewayError {
    const seconds = String(Math.ceil(endsInMs / 1_000))
    if (!response.headersSent) {
      response.setHeader('ratelimit-limit', String(this.#options.limit?.max ?? 0))
      response.setHeader('ratelimit-remaining', '0')
      response.setHeader('ratelimit-reset', seconds)
    }
    return new GatewayError(
      ingressErrors.rate_limit_exceeded,
      `Too many calls from this address without a valid API key, try again in ${seconds} s`,
      // In whole seconds: who waits what `Retry-After` says finds the window over.
      { retryAfterMs: Number(seconds) * 1_000 },
    )
  }
}
