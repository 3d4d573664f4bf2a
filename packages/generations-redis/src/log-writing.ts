import type { NewEntry } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type {
  CallTarget,
  Claim,
  Claimed,
  End,
  GenerationsTiming,
  Refusal,
  Revocation,
  Transition,
} from '@sluice/generations'
import { withEarlierCalls } from '@sluice/generations/provider-calls'
import { sleep, type Clock, type Timer } from '@sluice/kernel/clock'
import { Claims, type Writer } from './claims.ts'
import { isUnavailable } from './errors.ts'
import type { RedisLink } from './redis-link.ts'
import { writeRetryMs } from './redis-generations-options.ts'
import type { Shard, Verdict } from './shard.ts'

const firstRetryPauseMs = 50
const maxRetryPauseMs = 1_000

export interface LogWritingOptions {
  readonly clock: Clock
  readonly timing: GenerationsTiming
  readonly renewLeases: boolean
  readonly link: RedisLink
  readonly shardOf: (id: RequestId) => Shard
}

/** The writing side of the port: claims of this process, the heartbeat that keeps them, and what is written under them. */
export class LogWriting implements Disposable {
  readonly #options: LogWritingOptions
  readonly #claims = new Claims()
  readonly #heartbeat: Timer | null

  constructor(options: LogWritingOptions) {
    this.#options = options
    const { clock, timing, renewLeases } = options
    const renew = () => {
      this.#renew()
    }
    this.#heartbeat = renewLeases ? clock.every(timing.heartbeatMs, renew) : null
  }

  async claim(id: RequestId, onRevoked: (reason: Revocation) => void): Promise<Claimed> {
    const shard = this.#options.shardOf(id)
    const { verdict, claimed, earlierCalls, isBodyElsewhere } = await shard.claim.run(id)
    if (claimed === null) return { ok: false, refusal: refusalOf(verdict) }
    this.#claims.add({ id, epoch: claimed.epoch, earlierCalls, onRevoked })
    if (!isBodyElsewhere) return { ok: true, claim: { id, ...claimed } }
    const body = await this.#options.link.command('get', shard.bodyKey(id))
    if (body !== null) return { ok: true, claim: { id, ...claimed, body: body as Buffer } }
    // Evicted by a server with a policy other than `noeviction`: without its body it comes to nothing, and the reaper to that verdict.
    this.#claims.end({ id, epoch: claimed.epoch })
    return { ok: false, refusal: 'unknown' }
  }

  append(claim: Claim, entries: readonly NewEntry[]): Promise<Transition> {
    const { id, epoch } = claim
    const { append } = this.#options.shardOf(id)
    return this.#write(claim, entries.length, (seq) => append.run({ id, epoch, seq, entries }))
  }

  async nextAttempt({ id, epoch }: Claim, target: CallTarget): Promise<Transition> {
    const verdict = await this.#options.shardOf(id).attempt.run({ id, epoch, target })
    return verdict === 'o' ? { ok: true, cursor: null } : { ok: false, refusal: refusalOf(verdict) }
  }

  async release(claim: Claim): Promise<Transition> {
    const { id, epoch } = claim
    const verdict = await this.#options.shardOf(id).release.run({ id, epoch })
    if (verdict !== 'o') return { ok: false, refusal: refusalOf(verdict) }
    this.#claims.end(claim)
    return { ok: true, cursor: null }
  }

  async finish(claim: Claim, last: NewEntry, { terminal, usage }: End): Promise<Transition> {
    const { id, epoch } = claim
    const { finish } = this.#options.shardOf(id)
    const earlier = this.#claims.find(claim)?.earlierCalls ?? []
    const end = { terminal, usage: earlier.length > 0 ? withEarlierCalls(usage, earlier) : usage }
    const outcome = await this.#write(claim, 1, (seq) => finish.run({ id, epoch, seq, last, end }))
    if (outcome.ok) this.#claims.end(claim)
    return outcome
  }

  revoke(id: RequestId, epoch: number, reason: Revocation): void {
    this.#claims.revoke({ id, epoch }, reason)
  }

  /** Runs a handler; when it throws, the claim that was made meanwhile is left to run out, as if this process had died. */
  async guard(id: RequestId, handler: (id: RequestId) => Promise<void>): Promise<void> {
    const before = this.#claims.epochOf(id)
    try {
      await handler(id)
    } catch (error) {
      const epoch = this.#claims.epochOf(id)
      if (epoch !== null && epoch !== before) this.#claims.end({ id, epoch })
      throw error
    }
  }

  async #write(
    claim: Claim,
    count: number,
    send: (seq: number | null) => Promise<Verdict>,
  ): Promise<Transition> {
    let writer = this.#claims.find(claim)
    while (writer !== null && writer.busy !== null) {
      // Its outcome belongs to the other caller.
      await writer.busy.catch(() => {})
      writer = this.#claims.find(claim)
    }
    // Without a writer the claim has ended or was lost: Redis knows which.
    if (writer === null) return { ok: false, refusal: refusalOf(await send(null)) }
    const { seq } = writer
    writer.busy = this.#insist(writer, () => send(seq + 1))
    try {
      const verdict = await writer.busy
      if (verdict !== 'o') {
        this.#claims.revoke(writer, 'lost')
        return { ok: false, refusal: refusalOf(verdict) }
      }
      writer.seq += count
      const cursor = writer.seq === 0 ? null : { epoch: writer.epoch, seq: writer.seq }
      return { ok: true, cursor }
    } catch (error) {
      // The caller will not write any more: the lease runs out and the reaper decides.
      this.#claims.end(writer)
      throw error
    } finally {
      writer.busy = null
    }
  }

  /**
   * The answer of a provider is paid for: while Redis is away its writer tries again for a time. A write whose reply was lost is known by
   * its seq, so repeating it changes nothing.
   */
  async #insist(writer: Writer, send: () => Promise<Verdict>): Promise<Verdict> {
    const { clock } = this.#options
    const giveUpAt = clock.monotonic() + writeRetryMs
    for (let pauseMs = firstRetryPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxRetryPauseMs)) {
      try {
        return await send()
      } catch (error) {
        if (!isUnavailable(error) || clock.monotonic() + pauseMs > giveUpAt) throw error
      }
      await sleep(clock, pauseMs)
      if (this.#claims.find(writer) === null) return 'f'
    }
  }

  #renew(): void {
    for (const writer of this.#claims.leases()) void this.#renewOne(writer)
  }

  async #renewOne({ id, epoch }: Writer): Promise<void> {
    try {
      const verdict = await this.#options.shardOf(id).heartbeat.run({ id, epoch })
      if (verdict === 'c') this.#claims.revoke({ id, epoch }, 'cancelled')
      else if (verdict === 'l') this.#claims.revoke({ id, epoch }, 'lost')
    } catch {
      // Redis is away or frozen. So is every reaper, and after it nobody reaps for one lease: the next heartbeat is in time.
    }
  }

  [Symbol.dispose](): void {
    this.#heartbeat?.cancel()
  }
}

/** The letters that the functions give to what they refuse. A log that went back behind its writer cannot be continued by it. */
export function refusalOf(verdict: Verdict): Refusal {
  if (verdict === 's') return 'state'
  return verdict === 'u' ? 'unknown' : 'fenced'
}
