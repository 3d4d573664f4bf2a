import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../tools/src/processes/free-port.ts'
import { repository } from '../../tools/src/repository.ts'
import { eventually } from './gateway.ts'

/** As `npm start` passes them to Node. */
const flags = [
  '--conditions=@sluice/source',
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
  '--max-http-header-size=32768',
  '--disable-proto=delete',
]
const gatewayMain = 'apps/gateway/src/main.ts'

export interface OwnProcess extends AsyncDisposable {
  readonly pid: number
  /** All it wrote so far. */
  readonly stdout: string
  readonly stderr: string
  readonly ended: boolean
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>
  signal(name: NodeJS.Signals): void
}

/** Runs one of our programs with nothing of our own environment but what a program needs to start. */
export function startOwnProcess(
  file: string,
  options: {
    readonly cwd: string
    readonly args?: readonly string[]
    readonly env?: Readonly<Record<string, string>>
  },
): OwnProcess {
  const { PATH = '', HOME = '' } = process.env
  const compileCache = join(repository, 'node_modules/.cache/compile')
  const child = spawn(
    process.execPath,
    [...flags, join(repository, file), ...(options.args ?? [])],
    {
      cwd: options.cwd,
      env: { PATH, HOME, NODE_COMPILE_CACHE: compileCache, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  return new Child(child)
}

class Child implements OwnProcess {
  stdout = ''
  stderr = ''
  ended = false
  readonly pid: number
  readonly exited: OwnProcess['exited']
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid ?? 0
    // `close`, not `exit`: then its last words were read as well.
    this.exited = once(child, 'close').then(([code, signal]) => {
      this.ended = true
      return { code: code as number | null, signal: signal as string | null }
    })
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGTERM')
    const tooLong = setTimeout(() => {
      this.signal('SIGKILL')
    }, 20_000)
    await this.exited
    clearTimeout(tooLong)
  }
}

export interface OwnGateway extends OwnProcess {
  readonly api: string
  readonly observability: string
  /** What this gateway's `AUTH_TOKEN` is. */
  readonly key: string
  chat(body: object, options?: ChatOptions): Promise<Response>
  /** Resolves when `/readyz` says 200. */
  ready(): Promise<void>
}

export interface ChatOptions {
  /** Instead of the gateway's. */
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export interface OwnGatewayOptions {
  /** Its `DATA_DIR` is the folder `data` in it. */
  readonly dir: string
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** The port it will listen on, when that is not the one it was asked for. */
  readonly port?: number
}

/** A gateway as `npm start` runs it, on ports and data of its own. It may still be starting. */
export async function spawnGateway(options: OwnGatewayOptions): Promise<OwnGateway> {
  const { dir, args = [] } = options
  const [free, observabilityPort] = [await freePort(), await freePort()]
  const env: Readonly<Record<string, string>> = {
    PORT: String(free),
    OBSERVABILITY_PORT: String(observabilityPort),
    DATA_DIR: join(dir, 'data'),
    AUTH_TOKEN: 'own-gateway-key-of-the-tests',
    ...options.env,
  }
  const api = `http://127.0.0.1:${String(options.port ?? env['PORT'])}`
  const key = env['AUTH_TOKEN'] ?? ''
  const own = startOwnProcess(gatewayMain, { cwd: dir, args, env })
  const chat: OwnGateway['chat'] = (body, call = {}) =>
    fetch(`${api}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${call.key ?? key}`,
        'content-type': 'application/json',
        ...call.headers,
      },
      body: JSON.stringify(body),
      signal: call.signal ?? null,
    })
  const ready = async () => {
    const probe = async () => {
      if (own.ended) throw new Error(`the gateway ended:\n${own.stderr}\n${own.stdout}`)
      return (await statusOf(`${api}/readyz`)) === 200 ? true : undefined
    }
    await eventually('the gateway to be ready', probe, 60_000)
  }
  return Object.assign(own, {
    api,
    observability: `http://127.0.0.1:${env['OBSERVABILITY_PORT'] ?? ''}`,
    key,
    chat,
    ready,
  })
}

export async function startGateway(options: OwnGatewayOptions): Promise<OwnGateway> {
  const gateway = await spawnGateway(options)
  try {
    await gateway.ready()
    return gateway
  } catch (error) {
    await gateway[Symbol.asyncDispose]()
    throw error
  }
}

/** For starts that are to be refused: waits for the end. */
export async function runGateway(options: OwnGatewayOptions): Promise<{
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}> {
  await using gateway = await spawnGateway(options)
  const { code } = await gateway.exited
  return { code, stdout: gateway.stdout, stderr: gateway.stderr }
}

/** Null when nobody answers. */
export async function statusOf(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
    await response.text()
    return response.status
  } catch {
    return null
  }
}

export interface OwnFolder extends AsyncDisposable {
  readonly path: string
}

export async function ownFolder(name: string): Promise<OwnFolder> {
  const path = await mkdtemp(join(tmpdir(), `sluice-${name}-`))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
