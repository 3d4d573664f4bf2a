import { setTimeout as sleep } from 'node:timers/promises'
import { clusterNow, type RunningProcess } from '../cluster-now.ts'
import type { History } from '../history.ts'
import type { Pulses } from '../load/pulse.ts'
import { between, chance } from '../random.ts'
import { strikeChooser, type Strike } from './strikes.ts'

export interface KillerOptions {
  readonly clusterJson: string
  readonly history: History
  readonly pulses: Pulses
  /** Pause between two rounds, ms: from, to. */
  readonly pauseMs: readonly [number, number]
  readonly signal: AbortSignal
}

/** Normal for so long is back to normal. */
const calmMs = 2_000
/** A round that did not end by then is over anyway: the checker has seen it. */
const longestRoundMs = 45_000

/** Round after round until aborted. Most rounds begin when the one before is over, so that its time to recover can be told. */
export async function killAtRandom({
  clusterJson,
  history,
  pulses,
  pauseMs,
  signal,
}: KillerOptions): Promise<void> {
  const choose = strikeChooser()
  for (let round = 1; !signal.aborted; round += 1) {
    const hurried = chance(0.15)
    if (!hurried) await untilCalm(pulses, signal)
    await pause(between(...pauseMs), signal)
    if (signal.aborted) return
    const strike = choose(clusterNow(clusterJson).processes)
    const write = (what: 'kill' | 'freeze' | 'thaw', target: RunningProcess) => {
      history.write({
        event: 'fault',
        round,
        hurried,
        what,
        target: target.service,
        detail: `${String(target.replica)} pid ${String(target.pid)}`,
      })
    }
    await perform(strike, write, signal)
  }
}

async function perform(
  { what, targets, forMs }: Strike,
  write: (what: 'kill' | 'freeze' | 'thaw', target: RunningProcess) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const target of targets) {
    if (!send(target, what === 'kill' ? 'SIGKILL' : 'SIGSTOP')) continue
    write(what, target)
  }
  if (what === 'kill') return
  await pause(forMs, signal)
  for (const target of targets) if (send(target, 'SIGCONT')) write('thaw', target)
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
