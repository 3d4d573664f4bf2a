import type { RequestId } from '@sluice/contracts/ids'
import { sleep, type Clock } from '@sluice/kernel/clock'
import type { Write, Writer, Written } from './claims.ts'
import { keptMs, restorePatienceMs } from './redis-generations-options.ts'
import type { Shard } from './shard.ts'
import type { Verdict } from './shard-values.ts'

const pauseMs = 100

/**
 * A server that was restarted may have lost what it had acknowledged: up to two seconds with `appendfsync everysec`, more after a failover.
 * Whoever wrote it writes it again. Every step of it is known by epoch and seq, so that repeating what was not lost changes nothing, and what
 * somebody else has gone on with meanwhile is refused.
 */
export class Rollback {
  readonly #clock: Clock
  readonly #shardOf: (id: RequestId) => Shard

  constructor(clock: Clock, shardOf: (id: RequestId) => Shard) {
    this.#clock = clock
    this.#shardOf = shardOf
  }

  send(
    { id, epoch }: Pick<Writer, 'id' | 'epoch'>,
    write: Write,
    seq: number | null,
  ): Promise<Verdict> {
    const { append, finish } = this.#shardOf(id)
    const [last] = write.entries
    if (write.end === null || last === undefined)
      return append.run({ id, epoch, seq, entries: write.entries })
    return finish.run({ id, epoch, seq, last, end: write.end })
  }

  /** Notes what was confirmed, for as long as it may have to be repeated. */
  keep(writer: Writer, write: Write, seq: number): void {
    const at = this.#clock.monotonic()
    const isOld = (written: Written | undefined) =>
      written !== undefined && at - written.at > keptMs
    if (isOld(writer.written[0])) writer.written = writer.written.filter((one) => !isOld(one))
    writer.written.push({ ...write, seq, at })
  }

  /** Brings the server to where this writer was; false when that cannot be: the claim is lost. */
  async restore(writer: Writer): Promise<boolean> {
    const { id, epoch } = writer
    const giveUpAt = this.#clock.monotonic() + restorePatienceMs
    const { restore } = this.#shardOf(id)
    let reply = await restore.run(writer)
    // Whoever admitted it is about to do so again.
    while (reply.verdict === 'u' && this.#clock.monotonic() < giveUpAt) {
      await sleep(this.#clock, pauseMs)
      reply = await restore.run(writer)
    }
    if (reply.verdict === 'e') return true
    if (reply.verdict !== 'o') return false
    const missing = writer.written.filter((one) => one.seq + one.entries.length - 1 > reply.seq)
    for (const one of missing) {
      if ((await this.send({ id, epoch }, one, one.seq)) !== 'o') return false
    }
    return true
  }
}
