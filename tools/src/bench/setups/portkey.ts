import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../processes/free-port.ts'
import { startChild, until, type ChildOptions } from '../child.ts'
import type { Endpoint } from '../load/protocol.ts'
import { upstreamModel } from '../marker.ts'
import { answers } from '../probe.ts'
import { Unavailable, type Setup, type SetupContext } from '../setup.ts'

const version = '1.15.2'
/** With a current @hono/node-server, Portkey answers streams with 500. */
const honoVersion = '1.13.8'

/** Installed once into the cache; never a dependency of this workspace. */
function install(cacheDir: string): string {
  const dir = join(cacheDir, `portkey-${version}`)
  const main = join(dir, 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js')
  const installed = join(dir, '.installed')
  if (existsSync(installed)) return main
  mkdirSync(dir, { recursive: true })
  const manifest = {
    private: true,
    dependencies: { '@portkey-ai/gateway': version },
    overrides: { '@hono/node-server': honoVersion },
  }
  writeFileSync(join(dir, 'package.json'), JSON.stringify(manifest))
  const quiet = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, stderr, error } = spawnSync('npm', ['install', ...quiet], {
    cwd: dir,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Unavailable(`npm install failed: ${error?.message ?? stderr.trim()}`)
  writeFileSync(installed, '')
  return main
}

export interface PortkeyCommand {
  readonly child: ChildOptions
  readonly endpoint: Endpoint
}

/** How Portkey is started on this Node, and how it is asked. */
export async function portkeyCommand(context: SetupContext): Promise<PortkeyCommand> {
  const main = install(context.cacheDir)
  const port = await freePort()
  return {
    child: {
      program: process.execPath,
      args: [main, '--headless', `--port=${String(port)}`],
      env: { NODE_ENV: 'production' },
      cwd: context.dir,
      logFile: join(context.dir, 'portkey.log'),
    },
    endpoint: {
      host: '127.0.0.1',
      port,
      path: '/v1/chat/completions',
      headers: {
        authorization: 'Bearer bench',
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${String(context.upstreamPort)}/v1`,
      },
      model: upstreamModel,
    },
  }
}

export const portkey: Setup = {
  name: 'portkey',
  async start(context) {
    const { child: options, endpoint } = await portkeyCommand(context)
    const child = startChild(options)
    await until('Portkey', 15_000, () => answers(endpoint), child.assertRunning)
    return {
      title: `Portkey ${version} (@hono/node-server ${honoVersion})`,
      endpoint,
      parts: () => [{ name: 'portkey', role: 'path', pids: [child.pid] }],
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    }
  },
}
