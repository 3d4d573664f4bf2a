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

/** Messages between processes. A file stays for ever: a process of the version before may still send it. */
const messages: Readonly<Record<string, z.ZodType>> = {
  'audit-entry.v1.json': AuditEntry,
  'caller.v1.json': Caller,
  'entry-head.v1.json': EntryHead,
  'generation-request.v1.json': GenerationRequest,
  'generation-summary.v1.json': GenerationSummary,
  'list-models-reply.v1.json': listModels.reply,
  'route-plan.v1.json': RoutePlan,
  'terminal.v1.json': Terminal,
  'verdict-invalid.v1.json': Verdict,
  'verdict-valid.v1.json': Verdict,
  'verify-credential-request.v1.json': verifyCredential.request,
}
const folder = new URL('__fixtures__/', import.meta.url)
const files = readdirSync(folder)

/** Events: a topic's fixtures are found by its type and version, and stay as long as events of that shape are kept anywhere. */
const events = allTopics.flatMap((topic) => {
  const name = topic.type.replace(/^sluice\./, '').replaceAll('.', '-')
  const start = `${name}.v${String(topic.version)}`
  const own = files.filter((file) => file === `${start}.json` || file.startsWith(`${start}-`))
  return own.length > 0
    ? own.map((file) => [file, topic] as const)
    : [[`${start}.json`, topic] as const]
})
const published: Readonly<Record<string, z.ZodType>> = {
  ...messages,
  ...Object.fromEntries(events.map(([file, { payload }]) => [file, payload])),
}
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as unknown

describe('messages of every published version', () => {
  test('each fixture belongs to a schema, and each schema has one', () => {
    expect(files.toSorted()).toEqual(Object.keys(published).toSorted())
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
  test('M-261: keys are those that consumers were told of: tenant/user for conversations, the request for bills', () => {
    const keyOf = ([file, topic]: (typeof events)[number]) => [
      file.replace(/\.v\d.*/, ''),
      topic.key(topic.payload.parse(read(file)) as never), // its own payload
    ]
    const request = '01920000-0000-7000-8000-000000000001'
    expect(Object.fromEntries(events.toReversed().map(keyOf))).toEqual({
      'alert-fired': 'outbox_half_full',
      'audit-recorded': '01940000-0000-7000-8000-000000000001',
      'budget-threshold-reached': 'default/budget:b1:user:anna',
      'canary-sent': 'host-1-42',
      'checkpoint-recorded': 'default/support-42',
      'configuration-changed': '/model/acme/fast',
      'conversation-turn-recorded': 'default/anna',
      'generation-finished': request,
      'identity-changed': expect.stringMatching(/^key-1$|^acme\/user\/u_1$/),
      'route-decided': request,
      'usage-recorded': expect.stringMatching(/^01920000-0000-7000-8000-00000000000[12]$/),
    })
  })

  test('names are unique', () => {
    const names = allTopics.map((topic) => topic.name)
    expect(new Set(names).size).toBe(names.length)
  })
})
