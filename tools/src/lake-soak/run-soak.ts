import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { LakeTable } from '@sluice/contracts/lake/table'
import { conversations, usage as bills } from '@sluice/contracts/lake/tables'
import { conversationTurnRecorded } from '@sluice/contracts/topics/conversation-turn-recorded'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import type { NewEvent } from '@sluice/event-log'
import { newUsageRecord, usageEvent } from '@sluice/store/testing/usage-records'
import { type SoakStack, startStack } from './soak-stack.ts'

export interface SoakOptions {
  readonly dir: string
  readonly usage: number
  readonly turns: number
  readonly relayKills: number
  readonly flinkKills: number
  readonly steadySeconds: number
  readonly say: (line: string) => void
}

const batchSize = 500
const steadyPerSecond = 40
const drainTimeoutMs = 15 * 60_000
const always = { from: 0, to: Date.UTC(2100, 0) }

/** Whether every id that was produced is one row. */
export async function runSoak(options: SoakOptions): Promise<boolean> {
  const { say } = options
  const startedAt = performance.now()
  const tell = (line: string) => {
    say(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(7)} s  ${line}`)
  }
  await using stack = await startStack(options.dir, tell)
  tell('everything runs')
  const faults = [killRelay(stack, options, tell), killFlink(stack, options, tell)]
  await produce(stack, options)
  tell(`${String(options.usage)} bills and ${String(options.turns)} turns are in the outbox`)
  await Promise.all(faults)
  tell('the last fault is over')
  const isRight = await compare(stack, options, tell)
  await measureSteadyState(stack, options, tell)
  return isRight
}

function record(n: number): UsageRecord {
  const now = Date.now()
  return newUsageRecord(n, { accepted_at: now - 900, finished_at: now })
}

/** The first ones have a turn as well. */
function factsOf(
  turns: number,
): (added: readonly UsageRecord[]) => { topic: string; events: NewEvent[] }[] {
  return (added) => [
    { topic: usageRecorded.name, events: added.map(usageEvent) },
    { topic: conversationTurnRecorded.name, events: added.slice(0, turns).map(turnEvent) },
  ]
}

function turnEvent(bill: UsageRecord, i: number): NewEvent {
  const user = `user-${String(i % 100)}`
  const turn = {
    id: `${bill.request_id}:0`,
    tenant_id: bill.tenant_id,
    user_id: user,
    session_id: bill.request_id,
    request_id: bill.request_id,
    turn: 0,
    role: 'user',
    content: `What was asked in ${bill.request_id}? `.repeat(8),
    metadata: { channel: 'http', model: bill.model, attachments: [], tool_calls: [] },
    occurred_at: bill.finished_at,
    schema_version: 1,
  }
  const attributes = {
    ...usageEvent(bill).attributes,
    id: turn.id,
    type: conversationTurnRecorded.type,
  }
  return { key: `${bill.tenant_id}/${user}`, value: JSON.stringify(turn), attributes }
}

async function produce({ store }: SoakStack, { usage, turns }: SoakOptions): Promise<void> {
  const turnsPerBatch = Math.ceil((turns * batchSize) / usage)
  let [written, told] = [0, 0]
  while (written < usage) {
    const count = Math.min(batchSize, usage - written)
    const withTurns = Math.min(turnsPerBatch, turns - told)
    const records = Array.from({ length: count }, (_, i) => record(written + i))
    await store.record(records, factsOf(withTurns))
    written += count
    told += withTurns
    await sleep(50)
  }
}

async function killRelay(
  { relay }: SoakStack,
  { relayKills }: SoakOptions,
  tell: (line: string) => void,
): Promise<void> {
  for (let kill = 1; kill <= relayKills; kill++) {
    await sleep(1_500 + Math.random() * 2_500)
    if (relay.pid) process.kill(relay.pid, 'SIGKILL')
  }
  tell(`the relay was killed ${String(relayKills)} times`)
}

/** In the middle of a checkpoint: its folder is there, and what says that it is complete is not. The broker goes between the kills. */
async function killFlink(
  { job, jobDir, broker }: SoakStack,
  { flinkKills }: SoakOptions,
  tell: (line: string) => void,
): Promise<void> {
  for (let kill = 1; kill <= flinkKills; kill++) {
    await sleep(10_000)
    const checkpoint = await unfinishedCheckpoint(jobDir)
    if (job.pid) process.kill(job.pid, 'SIGKILL')
    tell(`Flink was killed in the middle of ${checkpoint}`)
    if (kill > 1) continue
    await sleep(15_000)
    if (broker.pid) process.kill(broker.pid, 'SIGTERM')
    tell('the broker is restarted')
  }
}

async function unfinishedCheckpoint(jobDir: string): Promise<string> {
  const known = new Set(globSync(join(jobDir, 'checkpoints/*/chk-*')))
  for (;;) {
    for (const folder of globSync(join(jobDir, 'checkpoints/*/chk-*')))
      if (!known.has(folder) && !existsSync(join(folder, '_metadata')))
        return folder.slice(folder.lastIndexOf('/') + 1)
    await sleep(1)
  }
}

async function compare(
  { lake, store }: SoakStack,
  { usage, turns }: SoakOptions,
  tell: (line: string) => void,
): Promise<boolean> {
  const wanted: readonly (readonly [LakeTable, number])[] = [
    [bills, usage],
    [conversations, turns],
  ]
  const deadline = performance.now() + drainTimeoutMs
  for (;;) {
    const states = await lake.state(wanted.map(([table]) => table))
    if (states.every(({ rows }, i) => rows >= (wanted[i]?.[1] ?? 0))) break
    if (performance.now() > deadline) break
    await sleep(1_000)
  }
  tell(`drained; ${String(await store.backlog())} events are left in the outbox`)
  let isRight = true
  for (const [table, produced] of wanted) {
    const { rows, distinct } = await lake.count(table, always)
    let progress = await lake.progress(table)
    const sum = (of: 'rows' | 'quarantined' | 'duplicates') =>
      progress.reduce((total, partition) => total + (partition[of] ?? 0), 0)
    // After a restart Kafka is told the offsets at the second checkpoint.
    for (let tries = 0; tries < 30 && sum('rows') < produced; tries++) {
      await sleep(1_000)
      progress = await lake.progress(table)
    }
    const offsets = progress.reduce((total, p) => total + p.nextOffset - p.firstOffset, 0)
    isRight &&= rows === produced && distinct === produced
    isRight &&= offsets === sum('rows') + sum('quarantined') + sum('duplicates')
    tell(
      `${table.name}: ${String(produced)} produced, ${String(distinct)} distinct ids, ${String(rows)} rows; ` +
        `${String(offsets)} offsets = ${String(sum('rows'))} rows + ${String(sum('quarantined'))} quarantined + ${String(sum('duplicates'))} repeated by the relay`,
    )
  }
  return isRight
}

async function measureSteadyState(
  { lake, store }: SoakStack,
  { usage, steadySeconds }: SoakOptions,
  tell: (line: string) => void,
): Promise<void> {
  const since = Date.now()
  const count = steadySeconds * steadyPerSecond
  for (let n = 0; n < count; n++) {
    await store.record([record(usage + n)], factsOf(0))
    const ahead = since + (n * 1_000) / steadyPerSecond - Date.now()
    if (ahead > 0) await sleep(ahead)
  }
  for (let tries = 0; tries < 60; tries++) {
    if ((await lake.state([bills]))[0]?.rows === usage + count) break
    await sleep(500)
  }
  const delays = await lake.delays(bills, since)
  const at = (share: number) => delays[Math.floor((delays.length - 1) * share)] ?? NaN
  tell(
    `steady state, ${String(steadyPerSecond)} a second: from the end of a call to its row p50 ${String(at(0.5))} ms, p95 ${String(at(0.95))} ms, max ${String(at(1))} ms over ${String(delays.length)} rows`,
  )
}
