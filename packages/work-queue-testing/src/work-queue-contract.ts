import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { countCases } from './count-cases.ts'
import { failureCases } from './failure-cases.ts'
import { jobCases } from './job-cases.ts'
import { requestCases } from './request-cases.ts'
import {
  WorkQueueBench,
  type WorkQueueBenchOptions,
  type WorkQueueCase,
} from './work-queue-case.ts'

export const workQueueCases: readonly WorkQueueCase[] = [
  ...jobCases,
  ...failureCases,
  ...requestCases,
  ...countCases,
]

export interface WorkQueueContract extends Omit<WorkQueueBenchOptions, 'patienceMs'> {
  readonly name: string
  /** Cases the adapter cannot pass by its nature, each with why. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[]
}

/**
 * Registers every case of the port as a test of one adapter. Adapters that `create` makes share their back end; names are never reused.
 */
export function workQueueContract({ name, create, crash, skip = [] }: WorkQueueContract): void {
  for (const { test: title } of skip) {
    assert.ok(
      workQueueCases.some((known) => known.title === title),
      `there is no case "${title}" to skip`,
    )
  }
  describe(`WorkQueue contract: ${name}`, () => {
    for (const { title, run } of workQueueCases) {
      const reason = skip.find((skipped) => skipped.test === title)?.reason
      const register = reason === undefined ? test : test.skip
      register(reason === undefined ? title : `${title} (${reason})`, async () => {
        await using bench = new WorkQueueBench({ create, crash })
        await run(bench)
      })
    }
  })
}
