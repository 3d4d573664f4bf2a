import { checkEnds } from './check-ends.ts'
import { checkLog, type Rollbacks } from './check-log.ts'
import { checkMemory } from './check-memory.ts'
import { checkMoney } from './check-money.ts'
import { checkConfigurationChanges, checkDrained, checkRolling } from './check-rolling.ts'
import { type Evidence, recordsOf } from './evidence.ts'
import { generationsOf } from './generation.ts'
import type { Report, Violation } from './violation.ts'

/** An append-only file that is synced every second can lose about two of them. */
const unsyncedMs = 5_000

/** Every violation that the evidence shows; empty when all invariants held. */
export function check(evidence: Evidence): Violation[] {
  const violations: Violation[] = []
  const report: Report = (invariant, id, text, harm = 'other') => {
    violations.push({ invariant, harm, id, evidence: text })
  }
  const generations = generationsOf(evidence)
  const rollbacks = rollbacksOf(evidence)
  for (const generation of generations.values()) checkLog(generation, rollbacks, report)
  checkMoney(evidence, generations, report)
  checkEnds(evidence, generations, report)
  checkMemory(evidence, report)
  checkRolling(evidence, report)
  checkDrained(evidence, report)
  checkConfigurationChanges(evidence, report)
  return violations
}

function rollbacksOf(evidence: Evidence): Rollbacks {
  const kills = recordsOf(evidence, 'fault').filter(
    ({ what, target }) => what === 'kill' && target === 'redis',
  )
  return (from, to) => kills.some(({ t }) => t >= from - unsyncedMs && t <= to + unsyncedMs)
}
