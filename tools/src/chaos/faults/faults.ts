import { setTimeout as sleep } from 'node:timers/promises'
import { clusterNow, type RunningProcess } from '../cluster-now.ts'
import type { History, RecordOf } from '../history.ts'
import type { Pulses } from '../load/pulse.ts'
import { between, chance } from '../random.ts'
import { type Network, type Poisoning, randomPoisoning } from './network.ts'
import { strikeChooser, type Strike } from './strikes.ts'

export interface FaultOptions {
  readonly clusterJson: string
  readonly history: History
  readonly pulses: Pulses
  /** Pause between two rounds, ms: from, to. */
  readonly pauseMs: readonly [number, number]
  /** Null: no connection fails but by a process that ends. */
  readonly network: Network | null
  readonly signal: AbortSignal
}

/** Normal for so long is back to normal. */
const calmMs = 2_000
/** A round that did not end by then is over anyway: the checker has seen it. */
const longestRoundMs = 45_000

/** Round after round until aborted. Most rounds begin when the one before is over, so that its time to recover can be told. */
export async function faultsAtRandom(options: FaultOptions): Promise<void> {
  const { clusterJson, history, pulses, pauseMs, network, signal } = options
  const choose = strikeChooser()
  for (let round = 1; !signal.aborted; round += 1) {
    const hurried = chance(0.15)
    if (!hurried) await untilCalm(pulses, signal)
    await pause(between(...pauseMs), signal)
    if (signal.aborted) return
    const write = (what: RecordOf<'fault'>['what'], target: string, detail: string) => {
      history.write({ event: 'fault', round, hurried, what, target, detail })
    }
    if (network && chance(0.5)) await poison(randomPoisoning(network), write, signal)
    else await perform(choose(clusterNow(clusterJson).processes), write, signal)
  }
}

type Write = (what: RecordOf<'fault'>['what'], target: string, detail: string) => void

async function poison(
  { links, toxic, forMs }: Poisoning,
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  for (const { name } of links) write('toxic', name, JSON.stringify(toxic))
  await Promise.all(links.map(({ proxy }) => proxy.setToxics([toxic])))
  await pause(forMs, signal)
  await Promise.all(links.map(({ proxy }) => proxy.setToxics([])))
  for (const { name } of links) write('heal', name, toxic.type)
}

async function perform(
  { what, targets, forMs }: Strike,
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  for (const target of targets) {
    if (!send(target, what === 'kill' ? 'SIGKILL' : 'SIGSTOP')) continue
    write(what, target.service, processOf(target))
  }
  if (what === 'kill') return
  await pause(forMs, signal)
  for (const target of targets)
    if (send(target, 'SIGCONT')) write('thaw', target.service, processOf(target))
}

function processOf({ replica, pid }: RunningProcess): string {
  return `${String(replica)} pid ${String(pid)}`
}

/** Every program has a process group of its own: what it has started stands still with it. Whoever was killed leaves its group behind. */
function send({ pid }: RunningProcess, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    process.kill(signal === 'SIGKILL' ? pid : -pid, signal)
    return true
  } catch {
    return false // it has ended already, by an earlier round
  }
}

async function untilCalm(pulses: Pulses, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + longestRoundMs
  await pause(calmMs, signal)
  while (!signal.aborted && !pulses.areNormal(calmMs) && performance.now() < deadline)
    await pause(100, signal)
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, null, { signal }).catch(() => undefined) // aborted: the caller looks
}
