import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { identify } from '../processes/process-identity.ts'
import type { SystemUser } from '../processes/program.ts'
import { findIn, findOnPath, postgresFolders } from './find-program.ts'
import { runToEnd } from '../processes/run-to-end.ts'
import type { ServerKind } from './server-kind.ts'

const owner = 'sluice'

export const postgresServer: ServerKind = {
  name: 'postgres',
  variable: 'DATABASE_URL',
  portCount: 1,
  missing: () =>
    findPostgres('postgres') === null || findPostgres('initdb') === null
      ? [{ what: 'Postgres 15 or newer', debianPackages: ['postgresql'] }]
      : [],
  prepare: async (dir, [port = 0]) => {
    const user = unprivilegedUser()
    const folder = await serverFolder(dir, user)
    await createDatabase(folder, user)
    await forgetZombie(join(folder, 'data', 'postmaster.pid'))
    const program = {
      name: 'postgres',
      command: findPostgres('postgres') ?? 'postgres',
      args: ['-D', join(folder, 'data'), ...settings(port)],
      ...(user ? { user } : {}),
      logFile: join(dir, 'logs', 'postgres.log'),
      stopSignal: 'SIGINT' as const, // the fast shutdown: SIGTERM would wait for every client to leave
      ready: () => query(port),
    }
    return { program, url: `postgres://${owner}@127.0.0.1:${String(port)}/${owner}` }
  },
}

function settings(port: number): string[] {
  const values = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${String(value)}`])
}

function findPostgres(program: string): string | null {
  return findOnPath(program) ?? findIn(postgresFolders(), program)
}

/** The data appears under its name complete or not at all: an interrupted `initdb` leaves nothing that a later start would take for it. */
async function createDatabase(folder: string, user: SystemUser | null): Promise<void> {
  const data = join(folder, 'data')
  if (existsSync(data)) return
  const unfinished = join(folder, 'data.unfinished')
  await rm(unfinished, { recursive: true, force: true })
  const as = user ?? {}
  const authentication = ['--auth=trust', `--username=${owner}`] // the port is bound to the loopback address
  const text = ['--encoding=UTF8', '--locale=C']
  const initdb = findPostgres('initdb') ?? 'initdb'
  await runToEnd(initdb, ['-D', unfinished, ...authentication, ...text], as)
  const postgres = findPostgres('postgres') ?? 'postgres'
  await runToEnd(postgres, ['--single', '-D', unfinished, 'postgres'], {
    ...as,
    input: `create database ${owner}\n`,
  })
  await rename(unfinished, data)
}

/**
 * Postgres does not start beside a living process of the pid in its lock file, and takes a zombie for one. Where nothing collects zombies
 * (a container whose first process is no init), a killed server would stay one.
 */
async function forgetZombie(lockFile: string): Promise<void> {
  const pid = Number.parseInt(await readFile(lockFile, 'utf8').catch(() => ''), 10)
  if (pid > 0 && identify(pid) === null) await rm(lockFile)
}

/** Postgres refuses to run as root. */
function unprivilegedUser(): SystemUser | null {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }))
    const [uid, gid] = ids.map(({ stdout }) => Number.parseInt(stdout, 10))
    if (uid && gid) return { uid, gid }
  }
  throw new Error('Postgres refuses to run as root, and there is no user `postgres` or `nobody`')
}

/** `DIR/postgres`, which is a link to a public place where the user we run as could not get to `DIR`. */
async function serverFolder(dir: string, user: SystemUser | null): Promise<string> {
  const folder = join(dir, 'postgres')
  if (user && !canReach(user, dir)) await chmod(dir, 0o711) // `mkdtemp` lets nobody but the owner through
  if (!existsSync(folder)) {
    if (!user || canReach(user, dir)) await mkdir(folder)
    else await symlink(await mkdtemp('/var/tmp/sluice-postgres-'), folder)
  }
  if (user) await chown(folder, user.uid, user.gid)
  return realpath(folder)
}

function canReach(user: SystemUser, dir: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', dir], user).status === 0
}

async function query(port: number): Promise<void> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: owner,
    database: owner,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  })
  client.on('error', () => undefined) // the rejected promise says it already
  try {
    await client.connect()
    await client.query('select 1')
  } finally {
    await client.end()
  }
}
