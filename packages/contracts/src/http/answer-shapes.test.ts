import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { pageOf } from './paging.ts'
import { defineRoute, type Route } from './route.ts'
import { routeTable } from './route-table.ts'
import { time } from './shapes.ts'

/** The management API; what the edge answers itself is in the forms of the vendors. */
const rows = routeTable.filter(({ owner }) => owner !== 'ingress')

/** In the forms of their standards: JWK sets, WebAuthn. */
const standards = ['auth.jwks', 'passkeys.options', 'passkeys.login-options']

test('answers have members in snake case, lists of one form, and moments of one type', () => {
  expect(problemsOf(rows.filter(({ id }) => !standards.includes(id)))).toEqual([])
})

test('a camel-case member, another list or another form of time is seen wherever it is', () => {
  const row = (reply: z.ZodType): Route =>
    defineRoute({
      id: 'x.read',
      method: 'GET',
      path: '/v1/x',
      owner: 'auth',
      tag: 'X',
      summary: 'X',
      access: 'public',
      status: 200,
      reply,
    })
  const inner = (schema: z.ZodType) => z.object({ deep: z.array(schema).nullable().optional() })
  expect(problemsOf([row(inner(z.object({ userId: z.string() })))])).toEqual([
    'x.read: userId is not in snake case',
  ])
  expect(problemsOf([row(z.object({ data: z.array(z.string()), next: z.string() }))])).toEqual([
    'x.read: a list of its own form: data, next',
  ])
  expect(problemsOf([row(inner(z.object({ ends_at: z.int() })))])).toEqual([
    'x.read: ends_at is not a `time`',
  ])
  expect(problemsOf([row(z.object({ at: z.string() }))])).toEqual(['x.read: at is not a `time`'])
  expect(problemsOf([row(pageOf(z.object({ ended_at: time.nullable() })))])).toEqual([])
})

function problemsOf(routes: readonly Route[]): string[] {
  return routes.flatMap(({ id, reply }) =>
    reply ? [...problemsIn(reply)].map((problem) => `${id}: ${problem}`) : [],
  )
}

const listMembers = 'object, data, has_more, last_id'
const isMoment = (name: string) => /(^|_)at$|^(from|to)$/.test(name)

function* problemsIn(schema: z.ZodType): Generator<string> {
  const inner = bare(schema)
  if (inner instanceof z.ZodArray) yield* problemsIn(inner.element as z.ZodType)
  if (inner instanceof z.ZodRecord) yield* problemsIn(inner.valueType as z.ZodType)
  if (inner instanceof z.ZodUnion)
    for (const option of inner.options) yield* problemsIn(option as z.ZodType)
  if (!(inner instanceof z.ZodObject)) return
  const members = Object.entries(inner.shape) as [string, z.ZodType][]
  const names = members.map(([name]) => name).join(', ')
  if ('data' in inner.shape && names !== listMembers) yield `a list of its own form: ${names}`
  for (const [name, member] of members) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) yield `${name} is not in snake case`
    if (isMoment(name) && bare(member) !== time) yield `${name} is not a \`time\``
    yield* problemsIn(member)
  }
}

/** Without what says that it may be null or absent. */
function bare(schema: z.ZodType): z.ZodType {
  const isWrapped =
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault
  return isWrapped ? bare(schema.unwrap() as z.ZodType) : schema
}
