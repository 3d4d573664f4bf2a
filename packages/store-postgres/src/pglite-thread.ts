import { Worker } from 'node:worker_threads'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import type {
  PgliteCommand,
  PgliteOpened,
  PgliteReply,
  PgliteRequest,
  PgliteWorkerData,
} from './pglite-protocol.ts'

type Answer = Extract<PgliteReply, { rows: unknown }>

/** The main thread's end of the PGlite worker: one engine on one folder. */
export class PgliteThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>()
  #lastId = 0
  #ended: GatewayError | null = null

  private constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (reply: PgliteReply) => {
      this.#settle(reply)
    })
    worker.on('error', (error: unknown) => {
      this.#end(error)
    })
    worker.on('exit', () => {
      this.#end(null)
    })
  }

  /** Opens the folder, creating the database in it when it is empty (seconds). */
  static async open(folder: string): Promise<PgliteThread> {
    // Node runs the source as it is; the build has the same file beside this one, compiled.
    const file = import.meta.url.endsWith('.ts') ? './pglite-worker.ts' : './pglite-worker.js'
    const data: PgliteWorkerData = { folder }
    const worker = new Worker(new URL(file, import.meta.url), { workerData: data })
    const opened = await new Promise<PgliteOpened>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    if (opened.opened) return new PgliteThread(worker)
    await worker.terminate()
    throw new Error(`the embedded database in ${folder} does not start: ${opened.problem}`)
  }

  send(command: PgliteCommand, begin = false): Promise<Answer> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = ++this.#lastId
    const answer = Promise.withResolvers<Answer>()
    this.#waiting.set(id, answer)
    this.#worker.postMessage({ id, begin, ...command } satisfies PgliteRequest)
    return answer.promise
  }

  async close(): Promise<void> {
    await this.send({ kind: 'close' })
    await this.#worker.terminate()
  }

  #settle(reply: PgliteReply): void {
    const answer = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if ('rows' in reply) answer?.resolve(reply)
    else answer?.reject(toError(reply.failure))
  }

  /** A trap inside the engine is final: its memory can no longer be trusted. Readiness fails until the process is started again. */
  #end(cause: unknown): void {
    this.#ended ??= new GatewayError(
      kernelErrors.dependency_unavailable,
      'the embedded database has ended; restart the gateway',
      { cause },
    )
    for (const answer of this.#waiting.values()) answer.reject(this.#ended)
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
  return Object.assign(new Error(message), { code, detail })
}
