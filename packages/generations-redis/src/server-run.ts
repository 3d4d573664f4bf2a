import type { Redis } from 'ioredis'

/** One life of a server process. Another one may have begun with less than was acknowledged. */
export interface ServerRun {
  readonly id: string
  /** Whole seconds. */
  readonly uptimeMs: number
}

export async function readServerRun(client: Redis): Promise<ServerRun> {
  const info = await client.info('server')
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? ''
  return { id: field('run_id'), uptimeMs: Number(field('uptime_in_seconds')) * 1_000 }
}
