import { Worker } from 'node:worker_threads'
import type { Clock, Timer } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { meansNotNow, sqlStateOf } from './database.ts'
import type {
  PgliteCommand,
  PgliteOpened,
  PgliteReply,
  PgliteRequest,
  PgliteWorkerData,
} from './pglite-protocol.ts'

type Answer = Extract<PgliteReply, { rows: unknown }>

/** An engine that is silent for longer does not answer any more. Scripts migrate, and tidy up a whole database. */
const answerTimeoutMs = { query: 30_000, load: 30_000, close: 30_000, script: 600_000 } as const
/** The same after a failure that leaves its state in doubt: longer than a batch takes. */
const doubtTimeoutMs = 5_000
const inFailedTransaction = '25P02'

interface Waiting extends PromiseWithResolvers<Answer> {
  readonly patience: Timer
}

/** The main thread's end of the PGlite worker: one engine on one folder. */
export class PgliteThread {
  readonly #worker: Worker
  readonly #clock: Clock
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #ended: GatewayError | null = null
  #examining = false
  /** Why it is being ended by us. */
  #givenUp: Error | null = null

  private constructor(worker: Worker, clock: Clock) {
    this.#worker = worker
    this.#clock = clock
    worker.on('message', (reply: PgliteReply) => {
      this.#settle(reply)
    })
    worker.on('error', (error: unknown) => {
      this.#end(error)
    })
    worker.on('exit', () => {
      this.#end(this.#givenUp)
    })
  }

  /** Opens the folder, creating the database in it when it is empty (seconds). */
  static async open(folder: string, clock: Clock): Promise<PgliteThread> {
    // Node runs the source as it is; the build has the same file beside this one, compiled.
    const file = import.meta.url.endsWith('.ts') ? './pglite-worker.ts' : './pglite-worker.js'
    const data: PgliteWorkerData = { folder }
    const worker = new Worker(new URL(file, import.meta.url), { workerData: data })
    const opened = await new Promise<PgliteOpened>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => {
        reject(new Error('its thread has ended'))
      })
    })
    if (opened.opened) return new PgliteThread(worker, clock)
    await worker.terminate()
    throw new Error(`the embedded database in ${folder} does not start: ${opened.problem}`)
  }

  /** It answers nothing any more, and has to be opened again. */
  get ended(): boolean {
    return this.#ended !== null
  }

  send(
    command: PgliteCommand,
    begin: string | null = null,
    timeoutMs: number = answerTimeoutMs[command.kind],
  ): Promise<Answer> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = ++this.#lastId
    const patience = this.#clock.after(timeoutMs, () => {
      void this.#giveUp(new Error(`no answer within ${String(timeoutMs)} ms`))
    })
    const answer = { ...Promise.withResolvers<Answer>(), patience }
    this.#waiting.set(id, answer)
    this.#worker.postMessage({ id, begin, ...command } satisfies PgliteRequest)
    return answer.promise
  }

  /** Without a word from the engine in time it ends all the same: what was committed is in its files. */
  async close(): Promise<void> {
    try {
      await this.send({ kind: 'close' })
    } finally {
      await this.#worker.terminate()
    }
  }

  #settle(reply: PgliteReply): void {
    const answer = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    answer?.patience.cancel()
    if ('rows' in reply) answer?.resolve(reply)
    else void this.#fail(toError(reply.failure), answer)
  }

  async #fail(error: Error, answer: Waiting | undefined): Promise<void> {
    const isInDoubt = GatewayError.is(error) || isInternal(error)
    if (isInDoubt && !this.#examining) await this.#examine(error)
    answer?.reject(this.#ended ?? error)
  }

  /**
   * Where a server would end one of its processes and recover, the engine may stand still for ever, or fail from now on at everything: a full
   * disk under its log does that.
   */
  async #examine(error: Error): Promise<void> {
    this.#examining = true
    try {
      await this.send({ kind: 'script', text: 'SELECT 1' }, null, doubtTimeoutMs)
    } catch (refusal) {
      if (sqlStateOf(refusal) !== inFailedTransaction) await this.#giveUp(error)
    }
    this.#examining = false
  }

  async #giveUp(cause: Error): Promise<void> {
    this.#givenUp ??= cause
    await this.#worker.terminate()
  }

  /** Final: the memory of an engine that trapped or stands still can no longer be trusted. */
  #end(cause: unknown): void {
    this.#ended ??= new GatewayError(
      kernelErrors.dependency_unavailable,
      'the embedded database has ended, and is opened again',
      { cause },
    )
    for (const { patience, reject } of this.#waiting.values()) {
      patience.cancel()
      reject(this.#ended)
    }
    this.#waiting.clear()
  }
}

function toError({
  message,
  code,
  detail,
}: {
  message: string
  code: string | null
  detail: string | null
}): Error {
  const error = Object.assign(new Error(message), { code, detail })
  if (code === null || !meansNotNow(code)) return error
  return new GatewayError(kernelErrors.dependency_unavailable, `PGlite: ${message}`, {
    cause: error,
  })
}

/** The engine says that it is broken. */
function isInternal(error: Error): boolean {
  return sqlStateOf(error)?.startsWith('XX') ?? false
}
