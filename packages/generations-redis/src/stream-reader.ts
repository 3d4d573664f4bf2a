import { sleep, type Clock, type Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import { Redis } from 'ioredis'
import { isGroupMissing } from './errors.ts'
import { connected, connectionOptions } from './connection.ts'
import { commandTimeoutMs, settlingMs } from './redis-generations-options.ts'
import { readServerRun } from './server-run.ts'

/** How long a read waits on the server; disposing waits as long. */
const blockMs = 200
/** A server that is silent for this long during a read is given up and connected to again. */
const silenceMs = 5_000
const retryPauseMs = 250

export interface StreamEntry {
  readonly id: string
  /** Field by field: name, value, name, value. */
  readonly fields: readonly Buffer[]
}

/**
 * One consumer of a stream, on a connection of its own, since a read that waits would hold up everything behind it. While the server is
 * away a read waits for it; the group is made when it is missing. All processes read as one consumer: who has an entry does not matter to
 * anyone, only how long nobody has confirmed it.
 */
export class StreamReader implements Disposable {
  readonly #client: Redis
  readonly #key: string
  readonly #group: string
  readonly #clock: Clock
  #stopped = false
  readonly #stopping = new AbortController()
  #serverRun = ''
  /** Closed while the server is away and until it has settled: nothing is asked meanwhile. */
  #gate = Promise.withResolvers<void>()
  /** Calls that wait there. */
  #held = 0
  /** Stopped, and the server was away: no call waits for it any more. */
  #givenUp = false
  #patience: Timer | null = null
  /** Ends the calls under way. A client that is closed between two attempts to connect forgets them, and they would never end. */
  readonly #giveUpCalls = new Set<(reason: Error) => void>()

  constructor(url: string, key: string, group: string, clock: Clock) {
    this.#key = key
    this.#group = group
    this.#clock = clock
    this.#client = new Redis(url, {
      ...connectionOptions,
      maxRetriesPerRequest: null,
      // A read that was cut off would be sent again before the server has settled.
      autoResendUnfulfilledCommands: false,
      socketTimeout: silenceMs,
    })
    this.#client.on('ready', () => {
      const gate = this.#gate
      void this.#settle().then(() => {
        if (this.#client.status === 'ready') gate.resolve()
      })
    })
    this.#client.on('close', () => {
      this.#gate.resolve()
      this.#gate = Promise.withResolvers()
      this.#endCalls()
    })
    this.#client.on('error', () => {
      // The link reports outages; a read waits for the connection to come back.
    })
  }

  /** Resolves when the connection stands, or when it is clear that it will take longer. */
  async connected(): Promise<void> {
    await connected(this.#client, this.#clock)
  }

  /** A server that has just been started is left alone: processes take up again first what they had in work, and what it may have lost. */
  async #settle(): Promise<void> {
    try {
      const { id, uptimeMs } = await readServerRun(this.#client)
      const isOther = this.#serverRun !== '' && this.#serverRun !== id
      this.#serverRun = id
      const pauseMs = isOther ? settlingMs : settlingMs - uptimeMs
      if (pauseMs > 0) await sleep(this.#clock, pauseMs, this.#stopping.signal)
    } catch {
      // Gone again, or stopped.
    }
  }

  /** New entries, at most `count`; none when nothing came for a while. Waits for the first one unless `wait` is false. */
  async read(count: number, wait = true): Promise<readonly StreamEntry[]> {
    const block = wait ? ['BLOCK', blockMs] : []
    const streams = ['STREAMS', this.#key, '>']
    return this.#run(async () => {
      const args = ['GROUP', this.#group, 'worker', 'COUNT', count, ...block, ...streams]
      const reply = await this.#client.callBuffer('xreadgroup', ...args)
      const [stream] = (reply ?? []) as [key: Buffer, entries: [Buffer, Buffer[] | null][]][]
      return parse(stream?.[1] ?? [])
    })
  }

  /** Entries that were handed out at least `idleMs` ago and never confirmed. */
  async takeOver(count: number, idleMs: number): Promise<readonly StreamEntry[]> {
    return this.#run(async () => {
      const args = [this.#key, this.#group, 'worker', idleMs, '0-0', 'COUNT', count]
      const reply = await this.#client.callBuffer('xautoclaim', ...args)
      return parse((reply as [Buffer, [Buffer, Buffer[] | null][]])[1])
    })
  }

  /** Says that these entries are still worked on. */
  async keep(entries: readonly StreamEntry[]): Promise<void> {
    const ids = entries.map(({ id }) => id)
    const args = [this.#key, this.#group, 'worker', 0, ...ids, 'JUSTID']
    await this.#run(async () => {
      await this.#client.callBuffer('xclaim', ...args)
      return []
    })
  }

  /** One read more may be under way or to come. It ends by itself where the server answers, and is not waited for where it does not. */
  stop(): void {
    this.#stopped = true
    this.#stopping.abort()
    if (this.#client.status === 'ready') this.#awaitAnswer()
    else this.#giveUp()
  }

  #awaitAnswer(): void {
    this.#patience ??= this.#clock.after(commandTimeoutMs, () => {
      this.#patience = null
      if (this.#giveUpCalls.size + this.#held > 0) this.#giveUp()
    })
  }

  #giveUp(): void {
    this.#givenUp = true
    this.#client.disconnect()
    this.#endCalls()
    this.#gate.resolve()
  }

  #endCalls(): void {
    for (const giveUp of this.#giveUpCalls) giveUp(new Error('the server is away'))
  }

  get stopped(): boolean {
    return this.#stopped
  }

  async #run(read: () => Promise<readonly StreamEntry[]>): Promise<readonly StreamEntry[]> {
    if (this.#givenUp) return []
    await this.#settled()
    if (this.#givenUp) return []
    try {
      return await this.#call(read)
    } catch (error) {
      if (this.#stopped) return []
      if (isGroupMissing(error)) await this.#createGroup()
      else await sleep(this.#clock, retryPauseMs)
      return []
    }
  }

  async #createGroup(): Promise<void> {
    // From the beginning: entries may have come before their first reader. Another process may have been faster.
    try {
      await this.#call(() => this.#client.xgroup('CREATE', this.#key, this.#group, '0', 'MKSTREAM'))
    } catch (error) {
      if (!messageOf(error).startsWith('BUSYGROUP')) await sleep(this.#clock, retryPauseMs)
    }
  }

  async #settled(): Promise<void> {
    this.#held += 1
    let gate
    do {
      gate = this.#gate
      await gate.promise
    } while (gate !== this.#gate && !this.#givenUp)
    this.#held -= 1
  }

  /** Rejects when the server is given up before it answered. */
  async #call<Result>(command: () => Promise<Result>): Promise<Result> {
    if (this.#stopped) this.#awaitAnswer()
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>()
    this.#giveUpCalls.add(giveUp)
    try {
      return await Promise.race([command(), givenUp])
    } finally {
      this.#giveUpCalls.delete(giveUp)
    }
  }

  [Symbol.dispose](): void {
    this.#stopped = true
    this.#patience?.cancel()
    this.#client.disconnect()
    this.#gate.resolve()
  }
}

/** An entry that was deleted meanwhile has no fields. */
function parse(entries: readonly [Buffer, Buffer[] | null][]): StreamEntry[] {
  return entries.flatMap(([id, fields]) =>
    fields === null ? [] : [{ id: id.toString('latin1'), fields }],
  )
}
