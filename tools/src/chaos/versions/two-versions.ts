import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { clusterNow, type RunningProcess } from '../cluster-now.ts'
import { oneOf } from '../random.ts'
import { successor } from '../faults/rolling.ts'
import type { Stage } from '../faults/stage.ts'
import type { Versions } from './versions.ts'

export interface TwoVersionsOptions {
  readonly stage: Stage
  readonly clusterJson: string
  readonly versions: Versions
  /** How long the versions run side by side, each way. */
  readonly mixedMs: number
  /** What one version leaves undone is then for the other; without kills no call may fail. */
  readonly kills: boolean
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

const killEveryMs = 6_000

/**
 * A release and its withdrawal: the schema first, then half of the replicas, for a while both versions side by side, then the other half; and
 * the same way back, the newer schema staying.
 */
export async function runTwoVersions(options: TwoVersionsOptions): Promise<void> {
  const { versions, clusterJson, say, stage } = options
  const { before, after } = versions
  migrate(after, clusterNow(clusterJson).stores.postgres)
  for (const [what, root] of [
    ['the later version', after],
    ['back to the earlier one', before],
  ] as const)
    for (const replica of [1, 0]) {
      if (stage.over) return
      await stage.newRound(true, 1_000)
      say(`FM50: ${what}, replica ${String(replica)} of every service`)
      await replaceAll(options, replica, root)
      if (replica === 1) await mixed(options)
    }
}

async function mixed({ stage, mixedMs, kills }: TwoVersionsOptions): Promise<void> {
  if (!kills) return stage.pause(mixedMs)
  const end = performance.now() + mixedMs
  while (!stage.over && performance.now() < end) {
    await stage.newRound(true, killEveryMs)
    stage.kill([oneOf(services(stage))])
  }
}

async function replaceAll(
  { stage, clusterJson, versions, signal }: TwoVersionsOptions,
  replica: number,
  root: string,
): Promise<void> {
  const targets = services(stage).filter((process) => process.replica === replica)
  for (const { service } of targets) versions.assign(service, replica, root)
  stage.end(targets)
  await Promise.all(targets.map((target) => successor(clusterJson, target, signal)))
}

function services(stage: Stage): RunningProcess[] {
  return stage.processes.filter(({ observability }) => observability !== null)
}

/** As an operator does before the first process of a release starts. */
function migrate(root: string, database: string): void {
  const main = join(root, 'apps/cli/src/main.ts')
  const { status, stderr } = spawnSync(process.execPath, [...process.execArgv, main, 'migrate'], {
    env: { ...process.env, DATABASE_URL: database },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`migrate: ${stderr}`)
}
