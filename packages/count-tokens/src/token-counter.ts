import { Worker } from 'node:worker_threads'

/** Counts tokens of text as `o200k_base` cuts it: near enough for models whose own tokenizer is not public. */
export interface TokenCounter extends AsyncDisposable {
  /** The tokens of all texts together. Rejects when the counter is disposed of, or its thread is lost. */
  count(texts: readonly string[]): Promise<number>
}

export interface CountRequest {
  readonly id: number
  readonly texts: readonly string[]
}
export interface CountReply {
  readonly id: number
  readonly tokens: number
}

/**
 * The vocabulary takes 70 MB and half a second to load, and a long text takes a while to cut: both are left to a thread of its own, which is
 * started by the first count and never keeps the process from ending.
 */
export function createTokenCounter(): TokenCounter {
  const waiting = new Map<number, PromiseWithResolvers<number>>()
  let worker: Worker | null = null
  let lastId = 0
  let disposed = false

  const start = (): Worker => {
    // Node runs the source as it is; the build has the same file beside this one, compiled.
    const file = import.meta.url.endsWith('.ts') ? './count-worker.ts' : './count-worker.js'
    const started = new Worker(new URL(file, import.meta.url))
    started.unref()
    started.on('message', ({ id, tokens }: CountReply) => {
      waiting.get(id)?.resolve(tokens)
      waiting.delete(id)
      if (waiting.size === 0) started.unref()
    })
    const lost = (cause?: unknown) => {
      if (worker === started) worker = null
      for (const each of waiting.values()) each.reject(new Error('the count was lost', { cause }))
      waiting.clear()
    }
    started.on('error', lost)
    started.on('exit', () => {
      lost()
    })
    return started
  }
  return {
    count(texts) {
      if (disposed) return Promise.reject(new Error('the token counter is disposed of'))
      worker ??= start()
      const request: CountRequest = { id: (lastId += 1), texts }
      const answer = Promise.withResolvers<number>()
      waiting.set(request.id, answer)
      // Whoever waits for a count is not to see the process end before it.
      worker.ref()
      worker.postMessage(request)
      return answer.promise
    },
    async [Symbol.asyncDispose]() {
      disposed = true
      await worker?.terminate()
    },
  }
}
