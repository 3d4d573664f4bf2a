import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  readonly redis: string | null
  /** One-minute load before the run: what else was going on. */
  readonly loadBefore: number
}

function systemName(): string {
  try {
    return /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? platform()
  } catch {
    return platform()
  }
}

export function describeMachine(): Machine {
  const redis = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${systemName()}, kernel ${release()}, ${arch()}`,
    node: process.versions.node,
    redis: redis.status === 0 ? (/v=(\S+)/.exec(redis.stdout)?.[1] ?? null) : null,
    loadBefore: loadavg()[0] ?? 0,
  }
}
