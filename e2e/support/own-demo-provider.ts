import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../tools/src/processes/free-port.ts'
import { eventually } from './gateway.ts'
import { startOwnProcess, statusOf } from './own-gateway.ts'

/** What the provider wrote down about one call. */
export interface ServedCall {
  readonly model: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly tokens: number
  /** Tells keys apart: the start of its SHA-256. */
  readonly credential: string | null
  readonly prompt_tokens: number
  readonly outcome: string
}

export interface OwnDemoProvider extends AsyncDisposable {
  /** Without a path: OpenAI's dialect is under `/v1`, Ollama's under `/api`. */
  readonly url: string
  /** The call that the gateway made for this request, once it is over. */
  served(requestId: string): Promise<ServedCall>
}

/** The demo provider as a server of its own, a stand-in for those that people run. */
export async function startDemoProvider(dir: string): Promise<OwnDemoProvider> {
  const port = await freePort()
  const url = `http://127.0.0.1:${String(port)}`
  const log = join(dir, 'demo-provider.jsonl')
  await using resources = new AsyncDisposableStack()
  resources.use(
    startOwnProcess('packages/demo-provider/src/main.ts', {
      cwd: dir,
      args: ['--port', String(port), '--log', log],
    }),
  )
  await eventually(
    'the demo provider',
    async () => ((await statusOf(`${url}/health`)) === 200 ? true : undefined),
    30_000,
  )
  const running = resources.move()
  return {
    url,
    served: (requestId) =>
      eventually(`a log line of ${requestId}`, async () => {
        const lines = (await readFile(log, 'utf8').catch(() => '')).split('\n')
        const line = lines.find((text) => text.includes(requestId))
        return line === undefined ? undefined : (JSON.parse(line) as ServedCall)
      }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
