import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { Redis } from 'ioredis'
import { connected, connectionOptions } from './connection.ts'
import { explain, isFunctionMissing, isPassing, unavailable } from './errors.ts'
import type { Argument } from './fields.ts'
import type { FunctionLibrary } from './function-library.ts'
import { commandTimeoutMs } from './redis-generations-options.ts'
import { readServerRun } from './server-run.ts'

const probeMs = 250

/**
 * The connection that calls functions. A call fails at once while the server is away or frozen: nothing queues up for a server that may
 * never come back, and nothing waits longer than `commandTimeoutMs`.
 */
export class RedisLink implements AsyncDisposable {
  readonly client: Redis
  /** Nothing is shown before a replica has it. */
  readonly highlyAvailable: boolean
  readonly #library: FunctionLibrary
  readonly #clock: Clock
  readonly #logger: Logger | undefined
  #loading: Promise<void> | null = null
  #onRestart: () => void = () => {}
  /** The life of the server: '' before the first connection. */
  run = ''
  /** When that began, as far as it is known, or the connection to it: monotonic ms. */
  runBeganAt = Number.NEGATIVE_INFINITY
  /** What a server that is up has refused, until it takes the same again. Reads work all the while when only its disk is full. */
  #refused: Argument | number | null = null
  /** Probes a server that left a command unanswered; null while it answers. */
  #probe: Timer | null = null

  constructor(
    url: string,
    library: FunctionLibrary,
    clock: Clock,
    logger?: Logger,
    highlyAvailable = false,
  ) {
    this.highlyAvailable = highlyAvailable
    this.#library = library
    this.#clock = clock
    this.#logger = logger
    this.client = new Redis(url, {
      ...connectionOptions,
      commandTimeout: commandTimeoutMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    })
    let reported = false
    this.client.on('error', (error) => {
      // Once per outage; the reconnecting repeats it several times a second.
      if (!reported) logger?.warn({ problem: messageOf(error) }, 'redis: connection lost')
      reported = true
    })
    this.client.on('ready', () => {
      if (reported) logger?.info('redis: connected again')
      reported = false
      // The first command of the connection: its reply comes before that of any call.
      void this.#noteRun()
    })
  }

  /** Called when the server is another process than before: it may have lost what that had acknowledged. */
  onRestart(callback: () => void): void {
    this.#onRestart = callback
  }

  /** Resolves when the first connection stands, or when it is clear that it will take longer. */
  async connected(): Promise<void> {
    await connected(this.client, this.#clock)
    try {
      await this.#load()
    } catch (error) {
      // The first call tries again, and fails with the same if it must.
      this.#logger?.warn({ problem: messageOf(error) }, 'redis: functions not loaded yet')
    }
  }

  async call(name: string, key: string, args: readonly Argument[]): Promise<unknown> {
    const call = () => this.command('fcall', `${this.#library.name}_${name}`, 1, key, ...args)
    try {
      return await call()
    } catch (error) {
      // After FLUSHALL, or a restart without persistence, the server has lost the library.
      if (!isFunctionMissing(error)) throw error
    }
    await this.#load()
    return call()
  }

  /** A replica has confirmed everything that this connection wrote. */
  async isReplicated(timeoutMs: number): Promise<boolean> {
    return Number(await this.command('wait', 1, timeoutMs)) >= 1
  }

  /** Any other command, on the same terms. */
  async command(name: string, ...args: (Argument | number)[]): Promise<unknown> {
    this.#assertUp()
    try {
      const reply = await this.client.callBuffer(name, ...args)
      if (this.#refused !== null && this.#refused === called(name, args)) this.#takesAgain()
      return reply
    } catch (error) {
      throw this.#noted(error, called(name, args))
    }
  }

  #assertUp(): void {
    if (this.#probe !== null || this.client.status !== 'ready') throw unavailable(undefined)
  }

  #noted(error: unknown, what: Argument | number): unknown {
    if (Error.isError(error) && error.message === 'Command timed out') this.#startProbe()
    if (isPassing(error) && this.#refused === null) {
      this.#refused = what
      // Once: a full disk stays full until somebody has read this.
      this.#logger?.error({ problem: messageOf(error) }, 'redis: refuses what is asked of it')
    }
    return explain(error)
  }

  #takesAgain(): void {
    this.#refused = null
    this.#logger?.info('redis: takes what is asked of it again')
  }

  #startProbe(): void {
    if (this.#probe !== null) return
    this.#logger?.warn('redis: no answer, calls fail until it answers again')
    this.#probe = this.#clock.every(probeMs, () => {
      this.client.ping().then(
        () => {
          this.#probe?.cancel()
          this.#probe = null
        },
        () => {
          // Still away: the next probe comes in a moment.
        },
      )
    })
  }

  async #noteRun(): Promise<void> {
    try {
      const before = this.run
      const { id, uptimeMs } = await readServerRun(this.client)
      if (id === before) return
      this.run = id
      const now = this.#clock.monotonic()
      // A replica that took over has been up for long: then it began for us with this connection.
      this.runBeganAt = before === '' ? now - uptimeMs : now
      if (before === '') return
      this.#logger?.warn(
        'redis: the server is another one than before, what it may have lost is written again',
      )
      this.#onRestart()
    } catch {
      // The connection is gone again: the next one asks.
    }
  }

  #load(): Promise<void> {
    this.#loading ??= this.command('function', 'LOAD', 'REPLACE', this.#library.code)
      .then(() => {})
      .finally(() => {
        this.#loading = null
      })
    return this.#loading
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#probe?.cancel()
    // Replies still under way are waited for; a server that is away is not.
    if (this.client.status === 'ready' && this.#probe === null)
      await this.client.quit().catch(() => {})
    this.client.disconnect()
  }
}

/** The command, or the function that it calls. */
function called(name: string, args: readonly (Argument | number)[]): Argument | number {
  return name === 'fcall' ? (args[0] ?? name) : name
}
