import { answers } from '../probe.ts'
import type { Setup } from '../setup.ts'

export interface TargetOptions {
  readonly name: string
  /** What precedes `/chat/completions`, for instance `http://127.0.0.1:8080/v1`. */
  readonly url: string
  /** The process whose CPU counts, with its descendants. */
  readonly pid: number | null
  readonly key: string
  readonly model: string
}

/** Any OpenAI-compatible server that already runs and has the upstream behind it (`--upstream-port`). */
export function target({ name, url, pid, key, model }: TargetOptions): Setup {
  return {
    name,
    async start() {
      const { hostname, port, pathname } = new URL(url)
      const endpoint = {
        host: hostname,
        port: Number(port || 80),
        path: `${pathname.replace(/\/$/, '')}/chat/completions`,
        headers: { authorization: `Bearer ${key}` },
        model,
      }
      if (!(await answers(endpoint))) throw new Error(`${name}: no right answer from ${url}`)
      return {
        title: url,
        endpoint,
        parts: () => (pid === null ? [] : [{ name, role: 'path', pids: [pid] }]),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }
    },
  }
}
