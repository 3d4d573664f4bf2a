import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { type FaultName, withFault } from '@sluice/generations/testing/faults'
import { contractCases, runCase } from './contract-cases.ts'
import { createMemoryHarness } from './memory-harness.ts'

/** Which case has to find which fault. Others may find it too. */
const foundBy: Readonly<Record<FaultName, string>> = {
  'no-fence':
    'fence: a lost lease with nothing published is routed again, and the former writer is refused for ever',
  'two-claims': 'no arrow: of many that claim at once, one wins',
  'share-references':
    'copies: a request changed by whoever gave or got it stays as it was admitted',
  'share-entries': 'copies: entries changed by writer or reader stay as they were appended',
  'lose-terminal-entry':
    'append and finish: number entries from 1 and return the cursor of the last one',
  reorder: 'replay: from every cursor exactly the rest comes, by read and by tail',
  'duplicate-entry': 'tail: opened before admit, gets everything live and equals read',
  'replay-gap': 'replay: from every cursor exactly the rest comes, by read and by tail',
  'silent-reset':
    'log_reset: a cursor beyond the log or of an epoch it never had is refused, never answered with data',
  'write-after-end': 'no arrow: nothing is written after the terminal entry, and there is one',
  'deaf-holder': 'cancel: a running generation is told to its holder once, who ends it',
  'leaky-refusal':
    'admit: refuses with 503 when the intake is full, and the refusal leaves nothing behind',
  'drop-on-throw': 'usage: a batch whose handler throws comes again, whole',
  'lose-usage': 'usage: every end leaves one record, as it was written',
  'early-usage': 'usage: a record leaves no sooner than its terminal entry is readable',
  greedy:
    'concurrency: a worker gets no more at once than it asked for, and disposing waits for its handlers',
  'no-heartbeat': 'reap: leaves alone what is waiting, what runs and what has ended',
  'endless-retry': 'reap: a generation that its workers die of ends as poison after three claims',
}

describe('the contract suite finds planted faults', () => {
  for (const [fault, name] of Object.entries(foundBy) as [FaultName, string][]) {
    test(`${fault}: "${name}" fails`, async () => {
      const contractCase = contractCases.find((other) => other.name === name)
      assert.ok(contractCase, 'the case exists')
      const outcome = runCase(contractCase, (options) =>
        createMemoryHarness(options, (memoryOptions) => withFault(memoryOptions, fault)),
      )
      await assert.rejects(outcome, { name: 'AssertionError' })
    })
  }
})
