import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../processes/free-port.ts'
import { startChild, until } from '../child.ts'
import { upstreamModel } from '../marker.ts'
import { answers } from '../probe.ts'
import { Unavailable, type Setup } from '../setup.ts'

/** One worker, keep-alive to the upstream, no buffering of answers, no access log: nginx at its best as a plain proxy. */
function configuration(port: number, upstreamPort: number, dir: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
worker_processes 1;
daemon off;
pid ${dir}/nginx.pid;
error_log ${dir}/nginx-error.log warn;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_buffer_size 512k;
  ${temporary.map((name) => `${name}_temp_path ${dir}/nginx-${name};`).join('\n  ')}
  upstream bench { server 127.0.0.1:${String(upstreamPort)}; keepalive 4096; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${String(port)} backlog=4096;
    location / {
      proxy_pass http://bench;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
`
}

function versionOf(program: string): string | null {
  const { status, stderr } = spawnSync(program, ['-v'], { encoding: 'utf8' })
  return status === 0 ? (/nginx\/(\S+)/.exec(stderr)?.[1] ?? 'of unknown version') : null
}

/** On Debian without nginx: its package, unpacked in the cache, so that nothing is installed or started on the machine. */
function unpackDebianPackage(cacheDir: string): string {
  const dir = join(cacheDir, 'nginx')
  const program = join(dir, 'root', 'usr', 'sbin', 'nginx')
  if (existsSync(program)) return program
  mkdirSync(dir, { recursive: true })
  const run = (command: string, args: readonly string[]) => {
    const { status, stderr, error } = spawnSync(command, args, { cwd: dir, encoding: 'utf8' })
    if (status !== 0)
      throw new Unavailable(
        `nginx is not on the PATH, and ${command} ${args[0] ?? ''} failed: ${error?.message ?? stderr.trim()}`,
      )
  }
  if (process.getuid?.() === 0) run('apt-get', ['update', '--quiet=2'])
  run('apt-get', ['download', '--quiet=2', 'nginx'])
  const file = readdirSync(dir).find((name) => name.endsWith('.deb'))
  if (!file) throw new Unavailable('nginx: apt-get downloaded no package')
  run('dpkg-deb', ['--extract', file, 'root'])
  return program
}

function findNginx(cacheDir: string): { program: string; version: string } {
  for (const program of ['nginx', '/usr/sbin/nginx']) {
    const version = versionOf(program)
    if (version) return { program, version }
  }
  const program = unpackDebianPackage(cacheDir)
  const version = versionOf(program)
  if (!version) throw new Unavailable('nginx does not run here')
  return { program, version }
}

export const nginx: Setup = {
  name: 'nginx',
  async start({ upstreamPort, dir, cacheDir }) {
    const { program, version } = findNginx(cacheDir)
    const port = await freePort()
    const file = join(dir, 'nginx.conf')
    writeFileSync(file, configuration(port, upstreamPort, dir))
    const child = startChild({
      program,
      args: ['-c', file, '-p', dir, '-e', join(dir, 'nginx-error.log')],
      env: {},
      cwd: dir,
      logFile: join(dir, 'nginx.log'),
    })
    const endpoint = {
      host: '127.0.0.1',
      port,
      path: '/v1/chat/completions',
      headers: {},
      model: upstreamModel,
    }
    await until('nginx', 5_000, () => answers(endpoint), child.assertRunning)
    return {
      title: `nginx ${version}, one worker, plain proxy`,
      endpoint,
      parts: () => [{ name: 'nginx', role: 'path', pids: [child.pid] }],
      [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
    }
  },
}
