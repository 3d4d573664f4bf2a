import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { EventLog } from '@sluice/event-log'
import { EventLogBench, type EventLogCase } from './event-log-case.ts'
import { groupCases } from './group-cases.ts'
import { publishingCases } from './publishing-cases.ts'

export const eventLogCases: readonly EventLogCase[] = [...publishingCases, ...groupCases]

export interface EventLogContract {
  readonly name: string
  /** A new adapter, owned by the caller. Adapters of one suite share their back end; topics are never reused. */
  readonly create: () => Promise<EventLog>
  /** Cases the adapter cannot pass by its nature, each with why. */
  readonly skip?: readonly { readonly test: string; readonly reason: string }[]
}

/** Registers every case of the port as a test of one adapter. */
export function eventLogContract({ name, create, skip = [] }: EventLogContract): void {
  for (const { test: title } of skip) {
    assert.ok(
      eventLogCases.some((known) => known.title === title),
      `there is no case "${title}" to skip`,
    )
  }
  describe(`EventLog contract: ${name}`, () => {
    for (const { title, run } of eventLogCases) {
      const reason = skip.find((skipped) => skipped.test === title)?.reason
      const register = reason === undefined ? test : test.skip
      register(reason === undefined ? title : `${title} (${reason})`, async () => {
        await using bench = new EventLogBench(create)
        await run(bench)
      })
    }
  })
}
