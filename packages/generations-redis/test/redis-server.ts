import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Redis } from 'ioredis'

export function hasRedisServer(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0
}

/** A server of the test's own, which it may stop, freeze and fill. */
export class RedisServer implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  readonly #appendOnly: boolean
  #process: ChildProcess | null = null

  private constructor(port: number, appendOnly: boolean, disk: string) {
    this.#port = port
    this.#appendOnly = appendOnly
    this.#folder = mkdtempSync(join(disk, 'sluice-redis-'))
    this.url = `redis://127.0.0.1:${String(port)}`
  }

  get port(): number {
    return this.#port
  }

  /** Resolves when it has what `master` has. */
  async follow(master: RedisServer): Promise<void> {
    await this.command('replicaof', '127.0.0.1', String(master.port))
    while (!/master_link_status:up/.test(String(await this.command('info', 'replication'))))
      await wait(50)
  }

  /** Resolves when it has everything that `master` has now. */
  async caughtUp(master: RedisServer): Promise<void> {
    const offset = async (server: RedisServer, name: string) => {
      const info = String(await server.command('info', 'replication'))
      return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1])
    }
    const wanted = await offset(master, 'master_repl_offset')
    while ((await offset(this, 'slave_repl_offset')) < wanted) await wait(20)
  }

  static async start({ appendOnly = false, disk = tmpdir() } = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), appendOnly, disk)
    await server.start()
    return server
  }

  async start(): Promise<void> {
    const appendOnly = this.#appendOnly ? 'yes' : 'no'
    this.#process = spawn(
      'redis-server',
      [
        '--port',
        String(this.#port),
        '--save',
        '',
        '--appendonly',
        appendOnly,
        '--dir',
        this.#folder,
        '--repl-diskless-sync-delay',
        '0',
      ],
      { stdio: 'ignore' },
    )
    await this.command('ping')
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (child === null) return
    this.#process = null
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** Remembers what is on the disk now. */
  async noteState(): Promise<void> {
    // Everything up to here: the server answers when its buffers were written.
    await this.command('bgrewriteaof')
    await this.#rewritten()
    cpSync(join(this.#folder, 'appendonlydir'), join(this.#folder, 'noted'), { recursive: true })
  }

  /** Killed, and back with what was noted: all that was acknowledged since is lost. */
  async rollBack(whileAway: () => void = () => {}): Promise<void> {
    await this.kill()
    whileAway()
    rmSync(join(this.#folder, 'appendonlydir'), { recursive: true })
    cpSync(join(this.#folder, 'noted'), join(this.#folder, 'appendonlydir'), { recursive: true })
    await this.start()
  }

  async #rewritten(): Promise<void> {
    for (;;) {
      const info = String(await this.command('info', 'persistence'))
      if (/aof_rewrite_in_progress:0/.test(info) && /aof_rewrite_scheduled:0/.test(info)) return
      await wait(20)
    }
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#process?.kill('SIGCONT')
  }

  /** On a connection of its own; tries until the server is up. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      const client = new Redis(this.url, { lazyConnect: true, retryStrategy: null })
      client.on('error', () => {})
      try {
        await client.connect()
        const reply = await client.call(name, ...args)
        await client.quit()
        return reply
      } catch (error) {
        if (attempt >= 100) throw error
        client.disconnect()
        await wait(50)
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
