import { billingBugs } from './billing-bugs.ts'
import { callerBugs } from './caller-bugs.ts'
import { limitBugs } from './limit-bugs.ts'
import { readingBugs } from './reading-bugs.ts'
import { writingBugs } from './writing-bugs.ts'
import type { PlantedBug } from './planted-bug.ts'

export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  ...writingBugs,
  ...billingBugs,
  ...limitBugs,
  ...readingBugs,
  ...callerBugs,
}
