import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Answer, Connection, Driver } from '../lab/driver.ts'

const program = join(import.meta.dirname, '../python/driver.py')

interface Outcome {
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly status: number }
}

/** What a Python client threw. */
class PythonError extends Error {
  readonly status: number | null

  constructor({ name, message, status }: NonNullable<Outcome['error']>) {
    super(`${name}: ${message}`)
    this.status = status
  }
}

/** A Python client in a process of its own; LAB_PYTHON is the interpreter that has it. */
export function startPythonDriver(client: string, connection: Connection): Driver {
  const child = spawn(process.env['LAB_PYTHON'] ?? '', [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const send = (message: unknown) => child.stdin.write(`${JSON.stringify(message)}\n`)
  send({ ...connection, client })

  async function call(command: string, ...args: readonly unknown[]): Promise<unknown> {
    send([command, ...args])
    const line = await lines.next()
    if (line.done === true) throw new Error('the Python process ended')
    const { value, error } = JSON.parse(line.value) as Outcome
    if (error) throw new PythonError(error)
    return value
  }

  return {
    ask: async (question) => (await call('ask', question)) as Answer,
    async useTools(question, toolNames, run) {
      const answer = await call('use_tools', question, toolNames)
      const { text, calls } = answer as { text: string; calls: readonly [string, unknown][] }
      for (const [name, input] of calls) run(name, input)
      return text
    },
    report: (question) => call('report', question),
    embed: async (...args) => (await call('embed', ...args)) as number[][],
    countTokens: async (question) => (await call('count_tokens', question)) as number,
    draw: async (...args) => (await call('draw', ...args)) as string,
    speak: async (...args) => (await call('speak', ...args)) as string,
    transcribe: async (...args) => (await call('transcribe', ...args)) as string,
    models: async () => (await call('models')) as string[],
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
    },
  }
}
