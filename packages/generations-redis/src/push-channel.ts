import type { RequestId } from '@sluice/contracts/ids'
import type { Revocation } from '@sluice/generations'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { TransientMap } from '@sluice/kernel/transient-map'
import { Redis } from 'ioredis'
import { FieldReader } from './fields.ts'
import { commandTimeoutMs, tailSilenceMs } from './redis-generations-options.ts'
import { connected, connectionOptions } from './connection.ts'
import type { RedisTail } from './redis-tail.ts'
import { parseCursor } from './stored-values.ts'

export interface PushChannelOptions {
  readonly url: string
  readonly channels: readonly string[]
  readonly clock: Clock
  /** A claim of this process that it should give up. */
  readonly onRevoked: (id: RequestId, epoch: number, reason: Revocation) => void
}

/**
 * What other processes push to this one: entries for its tails and revocations of its claims, over one connection. A hint only: tails that
 * hear nothing look into the log, all of them do after the connection was lost, and heartbeats tell of revocations too.
 */
export class PushChannel implements Disposable {
  readonly #options: PushChannelOptions
  readonly #tails = new TransientMap<RequestId, RedisTail[]>()
  readonly #client: Redis
  readonly #silenceCheck: Timer

  constructor(options: PushChannelOptions) {
    this.#options = options
    this.#client = new Redis(options.url, {
      ...connectionOptions,
      commandTimeout: commandTimeoutMs,
    })
    this.#client.on('error', () => {
      // The link reports outages; this connection comes back by itself.
    })
    this.#client.on('smessageBuffer', (_channel: Buffer, message: Buffer) => {
      try {
        this.#receive(message)
      } catch {
        // A process of another version may frame differently. The log itself is read by our own functions, and heartbeats tell of revocations.
        this.#allFallBehind()
      }
    })
    this.#client.on('ready', () => {
      void this.#subscribe()
    })
    this.#silenceCheck = options.clock.every(tailSilenceMs / 3, () => {
      for (const tails of this.#tails.values())
        for (const tail of tails) tail.checkSilence(tailSilenceMs)
    })
  }

  async connected(): Promise<void> {
    await connected(this.#client, this.#options.clock)
  }

  add(tail: RedisTail): void {
    const others = this.#tails.get(tail.id)
    if (others === undefined) this.#tails.set(tail.id, [tail])
    else others.push(tail)
  }

  remove(tail: RedisTail): void {
    const rest = this.#tails.get(tail.id)?.filter((other) => other !== tail) ?? []
    if (rest.length === 0) this.#tails.delete(tail.id)
    else this.#tails.set(tail.id, rest)
  }

  async #subscribe(): Promise<void> {
    try {
      for (const channel of this.#options.channels) await this.#client.ssubscribe(channel)
    } catch {
      // A half-subscribed connection would be silent for ever: begin anew.
      this.#client.disconnect(true)
      return
    }
    this.#allFallBehind()
  }

  #allFallBehind(): void {
    for (const tails of this.#tails.values()) for (const tail of tails) tail.fallBehind()
  }

  #receive(message: Buffer): void {
    const fields = new FieldReader(message)
    while (!fields.done) {
      const kind = fields.text()
      const id = fields.text() as RequestId
      const epoch = fields.number()
      if (kind === 'entry') this.#entry(id, epoch, fields)
      else if (kind === 'cancelled' || kind === 'lost') this.#options.onRevoked(id, epoch, kind)
      else throw new Error(`a frame of an unknown kind: ${kind}`)
    }
  }

  #entry(id: RequestId, epoch: number, fields: FieldReader): void {
    const seq = fields.number()
    const previous = parseCursor(fields.text())
    const entry = { epoch, seq, head: fields.text(), data: fields.bytes(), end: fields.text() }
    for (const tail of this.#tails.get(id) ?? []) tail.push(entry, previous)
  }

  [Symbol.dispose](): void {
    this.#silenceCheck.cancel()
    for (const tails of this.#tails.values()) for (const tail of tails) tail[Symbol.dispose]()
    this.#client.disconnect()
  }
}
