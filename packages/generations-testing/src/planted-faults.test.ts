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
  'no-attach':
    'attach: 50 calls at once with one idempotency key are one generation, and all see its answer',
  'originals-join':
    'attach: each original is joined by one retry of a count, and two originals never join each other',
  'any-body':
    'attach: an idempotency key with another body is refused with 422, not to be retried, and leaves nothing behind',
  'sticky-failure':
    'attach: what failed retryably with nothing published is replaced, for both kinds',
  'deaf-delivered':
    'attach: a retry joins its original while that runs and when it is complete, until it was delivered',
  'forget-calls': 'nextAttempt: every call that is about to be made is known, by its holder only',
  'lose-unconfirmed':
    'calls: those of a holder that died with nothing published are unconfirmed in the bill of the next one',
  'free-when-lost':
    'calls: a holder that died after a part is billed on what was published, at the price of the plan',
  'leaky-charge':
    'charge: all limits of a call are taken or none; the refusal names every one without room and leaves nothing behind',
  'check-then-take': 'charge: of many calls at once exactly as many pass as the limit has room for',
  'partial-charge':
    'charge: all limits of a call are taken or none; the refusal names every one without room and leaves nothing behind',
  'settle-by-estimate':
    'charge: is reserved from admit to the end and then settled by the bill, once, whatever the end',
  'attached-charge':
    'charge: a repetition that joins a generation takes nothing, and neither does one of another request',
  'unseeded-is-zero':
    'seedCounts: a durable counter that is not there is asked for, begins with the ledger, and is only ever raised',
  'seed-overwrites':
    'seedCounts: a durable counter that is not there is asked for, begins with the ledger, and is only ever raised',
  'first-come':
    'fair: who comes late waits for what is shared and one turn, not for the line of another tenant; each line keeps its order',
  'all-the-room':
    'fair: one tenant does not fill the room: it is told 429, its place and a time, and another one is let in',
  'silent-expiry': 'expired: a cursor into a log that is gone is told from an id that nobody knows',
  'release-published':
    'no arrow: what has published something, is to be cancelled or has ended is not released',
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
