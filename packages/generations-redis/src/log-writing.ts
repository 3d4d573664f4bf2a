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
import { Claims, type Write, type Writer } from './claims.ts'
import { isUnavailable } from './errors.ts'
import { Recent } from './recent.ts'
import type { RedisLink } from './redis-link.ts'
import { Rollback } from './rollback.ts'
import { writeRetryMs } from './redis-generations-options.ts'
import type { Shard } from './shard.ts'
import type { Verdict } from './shard-values.ts'

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
  readonly #rollback: Rollback
  /** Claims that ended. */
  readonly #ended: Recent<Writer>
  /** Of these, those whose bill was sent twice. */
  readonly #billedAgain = new WeakSet<Writer>()

  constructor(options: LogWritingOptions) {
    this.#options = options
    this.#rollback = new Rollback(options.clock, options.shardOf)
    this.#ended = new Recent(options.clock)
    const { clock, timing, renewLeases } = options
    const renew = () => {
      this.#renew()
      void this.#billAgain()
    }
    this.#heartbeat = renewLeases ? clock.every(timing.heartbeatMs, renew) : null
  }

  async claim(id: RequestId, onRevoked: (reason: Revocation) => void): Promise<Claimed> {
    const { link, shardOf } = this.#options
    const shard = shardOf(id)
    const { verdict, claimed, earlierCalls, isBodyElsewhere } = await shard.claim.run(id)
    if (claimed === null) return { ok: false, refusal: refusalOf(verdict) }
    const { epoch, attempt, plan } = claimed
    const [first] = plan.targets
    const call = {
      attempt,
      provider: first?.provider ?? '',
      model: first?.model ?? '',
      startedAt: epoch,
    }
    this.#claims.add({
      id,
      epoch,
      plan,
      calls: [...earlierCalls, call],
      earlierCalls: earlierCalls.length,
      written: [],
      run: link.run,
      seq: 0,
      busy: null,
      onRevoked,
    })
    if (!isBodyElsewhere) return { ok: true, claim: { id, ...claimed } }
    const body = await link.command('get', shard.bodyKey(id))
    if (body !== null) return { ok: true, claim: { id, ...claimed, body: body as Buffer } }
    // Evicted by a server with a policy other than `noeviction`: without its body it comes to nothing, and the reaper to that verdict.
    this.#claims.end({ id, epoch })
    return { ok: false, refusal: 'unknown' }
  }

  append(claim: Claim, entries: readonly NewEntry[]): Promise<Transition> {
    return this.#write(claim, { entries, end: null })
  }

  async nextAttempt(claim: Claim, target: CallTarget): Promise<Transition> {
    const { id, epoch } = claim
    const writer = this.#claims.find(claim)
    const announce = () => this.#options.shardOf(id).attempt.run({ id, epoch, target })
    const verdict = await (writer === null ? announce() : this.#insist(writer, announce))
    if (verdict !== 'o') return { ok: false, refusal: refusalOf(verdict) }
    const { provider, model } = target
    const attempt = (writer?.calls.length ?? 0) + 1
    writer?.calls.push({ attempt, provider, model, startedAt: this.#options.clock.now() })
    return { ok: true, cursor: null }
  }

  async release(claim: Claim): Promise<Transition> {
    const { id, epoch } = claim
    const verdict = await this.#options.shardOf(id).release.run({ id, epoch })
    if (verdict !== 'o') return { ok: false, refusal: refusalOf(verdict) }
    this.#claims.end(claim)
    return { ok: true, cursor: null }
  }

  async finish(claim: Claim, last: NewEntry, { terminal, usage }: End): Promise<Transition> {
    const writer = this.#claims.find(claim)
    const earlier = writer?.calls.slice(0, writer.earlierCalls) ?? []
    const end = { terminal, usage: earlier.length > 0 ? withEarlierCalls(usage, earlier) : usage }
    const outcome = await this.#write(claim, { entries: [last], end })
    if (outcome.ok) {
      this.#claims.end(claim)
      if (writer !== null) this.#ended.add(writer, bytesOf(writer))
    }
    return outcome
  }

  /** After a restart of the server: what was written under live claims, and under those that ended not long ago, is there again. */
  async repeat(): Promise<void> {
    const open = this.#claims.all().map(async (writer) => {
      // A write that is under way restores by itself when it has to.
      if (writer.busy !== null || writer.run === this.#options.link.run) return
      writer.busy = this.#restore(writer).then((restored) => {
        writer.busy = null
        if (!restored) this.#claims.revoke(writer, 'lost')
      })
      await writer.busy
    })
    const ended = this.#ended.items().map((writer) => this.#restore(writer))
    await Promise.all([...open, ...ended])
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

  async #write(claim: Claim, write: Write): Promise<Transition> {
    let writer = this.#claims.find(claim)
    while (writer !== null && writer.busy !== null) {
      // Its outcome belongs to the other caller.
      await writer.busy.catch(() => {})
      writer = this.#claims.find(claim)
    }
    // Without a writer the claim has ended or was lost: Redis knows which.
    if (writer === null)
      return { ok: false, refusal: refusalOf(await this.#rollback.send(claim, write, null)) }
    const current = writer
    const seq = current.seq + 1
    const writing = this.#insist(current, () => this.#rollback.send(current, write, seq))
    current.busy = writing
    try {
      const verdict = await writing
      if (verdict !== 'o') {
        this.#claims.revoke(current, 'lost')
        return { ok: false, refusal: refusalOf(verdict) }
      }
      this.#rollback.keep(current, write, seq)
      current.seq += write.entries.length
      const cursor = current.seq === 0 ? null : { epoch: current.epoch, seq: current.seq }
      return { ok: true, cursor }
    } catch (error) {
      // The caller will not write any more: the lease runs out and the reaper decides.
      this.#claims.end(current)
      throw error
    } finally {
      current.busy = null
    }
  }

  /**
   * The answer of a provider is paid for: while Redis is away its writer tries again for a time, and when Redis comes back without what it had
   * acknowledged, that is written again first. A write whose reply was lost is known by its seq, so repeating it changes nothing.
   */
  async #insist(writer: Writer, send: () => Promise<Verdict>): Promise<Verdict> {
    const { clock, link } = this.#options
    const giveUpAt = clock.monotonic() + writeRetryMs
    for (let pauseMs = firstRetryPauseMs; ; pauseMs = Math.min(pauseMs * 2, maxRetryPauseMs)) {
      try {
        const verdict = await send()
        const wentBack = verdict === 'g' || (verdict !== 'o' && writer.run !== link.run)
        if (!wentBack) {
          if (verdict === 'o') writer.run = link.run
          return verdict
        }
        return (await this.#restore(writer)) ? await send() : verdict
      } catch (error) {
        if (!isUnavailable(error) || clock.monotonic() + pauseMs > giveUpAt) throw error
      }
      await sleep(clock, pauseMs)
      if (this.#claims.find(writer) === null) return 'f'
    }
  }

  /** Throws nothing: a server that went away again is met by the next one. */
  async #restore(writer: Writer): Promise<boolean> {
    const { run } = this.#options.link
    try {
      const restored = await this.#rollback.restore(writer)
      if (restored) writer.run = run
      return restored
    } catch (error) {
      if (!isUnavailable(error)) throw error
      return true
    }
  }

  #renew(): void {
    for (const writer of this.#claims.leases()) void this.#renewOne(writer)
  }

  async #renewOne(writer: Writer): Promise<void> {
    const { id, epoch } = writer
    try {
      const verdict = await this.#options.shardOf(id).heartbeat.run({ id, epoch })
      if (verdict === 'c') this.#claims.revoke({ id, epoch }, 'cancelled')
      // After a restart it may be the server that lost it: then it is restored, or found to be lost, elsewhere.
      else if (verdict === 'l' && writer.run === this.#options.link.run && writer.busy === null)
        this.#claims.revoke({ id, epoch }, 'lost')
    } catch {
      // Redis is away or frozen. So is every reaper, and after it nobody reaps for one lease: the next heartbeat is in time.
    }
  }

  /**
   * A server that was emptied may have taken bills along that nobody had stored. That it was shows by the oldest end: it knows nothing of it. The
   * ledger takes each bill once.
   */
  async #billAgain(): Promise<void> {
    const { clock, timing, link } = this.#options
    const since = clock.monotonic() - timing.retentionMs / 2
    const isOpen = (writer: Writer) =>
      writer.run === link.run &&
      (writer.written.at(-1)?.at ?? 0) > since &&
      !this.#billedAgain.has(writer)
    const ended = this.#ended.items()
    const oldest = ended.find(isOpen)
    try {
      if (oldest === undefined || !(await this.#bill(oldest))) return
      await Promise.all(ended.filter(isOpen).map((writer) => this.#bill(writer)))
    } catch {
      // Redis is away: the next heartbeat asks again.
    }
  }

  /** False where the server still knows it. */
  async #bill(writer: Writer): Promise<boolean> {
    const { id, written } = writer
    const end = written.at(-1)?.end ?? null
    if (end === null || (await this.#options.shardOf(id).bill.run({ id, end })) !== 'o')
      return false
    this.#billedAgain.add(writer)
    return true
  }

  [Symbol.dispose](): void {
    this.#heartbeat?.cancel()
  }
}

/** What a claim that ended keeps in memory, roughly. */
function bytesOf({ written }: Writer): number {
  let bytes = 2_000
  for (const { entries } of written) for (const { data } of entries) bytes += data.length
  return bytes
}

/** The letters that the functions give to what they refuse. A log that went back behind its writer cannot be continued by it. */
export function refusalOf(verdict: Verdict): Refusal {
  if (verdict === 's') return 'state'
  return verdict === 'u' ? 'unknown' : 'fenced'
}
