import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { z } from 'zod'
import { AuditEntry } from './audit.ts'
import { Caller } from './caller.ts'
import { GenerationRequest } from './generation/generation-request.ts'
import { GenerationSummary } from './generation/generation-summary.ts'
import { EntryHead, Terminal } from './generation/log-entry.ts'
import { RoutePlan } from './generation/route-plan.ts'
import { Verdict, verifyCredential } from './rpc/auth.ts'
import { listModels } from './rpc/router.ts'
import { allTopics } from './topics/all-topics.ts'
import { auditRecorded } from './topics/audit-recorded.ts'
import { budgetThresholdReached } from './topics/budget-threshold-reached.ts'
import { identityChanged } from './topics/identity-changed.ts'
import { usageRecorded } from './topics/usage-recorded.ts'

/** Every message shape ever published. A file stays for ever: a process of the version before may still send it. */
const published: Readonly<Record<string, z.ZodType>> = {
  'audit-entry.v1.json': AuditEntry,
  'audit-recorded.v1.json': auditRecorded.payload,
  'budget-threshold-reached.v1.json': budgetThresholdReached.payload,
  'caller.v1.json': Caller,
  'entry-head.v1.json': EntryHead,
  'generation-request.v1.json': GenerationRequest,
  'generation-summary.v1.json': GenerationSummary,
  'identity-changed.v1.json': identityChanged.payload,
  'list-models-reply.v1.json': listModels.reply,
  'route-plan.v1.json': RoutePlan,
  'terminal.v1.json': Terminal,
  'usage-recorded.v1.json': usageRecorded.payload,
  'usage-recorded.v1-priced.json': usageRecorded.payload,
  'verdict-invalid.v1.json': Verdict,
  'verdict-valid.v1.json': Verdict,
  'verify-credential-request.v1.json': verifyCredential.request,
}
const folder = new URL('__fixtures__/', import.meta.url)
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as unknown

describe('messages of every published version', () => {
  test('each fixture belongs to a schema, and each schema has one', () => {
    expect(readdirSync(folder).toSorted()).toEqual(Object.keys(published).toSorted())
  })

  test.each(Object.entries(published))(
    '%s still parses, and nothing of it is lost',
    (file, schema) => {
      const message = read(file)
      expect(schema.parse(message)).toMatchObject(message as object)
    },
  )

  test.each(Object.entries(published))(
    '%s with a member of a later version still parses',
    (file, schema) => {
      const later = { ...(read(file) as object), member_of_a_later_version: 1 }
      expect(schema.safeParse(later).success).toBe(true)
    },
  )
})

describe('topics', () => {
  test('names are unique', () => {
    const names = allTopics.map((topic) => topic.name)
    expect(new Set(names).size).toBe(names.length)
  })
})
