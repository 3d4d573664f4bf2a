import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { routeTable } from './route-table.ts'

const names = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)

test('ids and addresses are unique', () => {
  const ids = routeTable.map(({ id }) => id)
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  const addresses = routeTable.flatMap(({ method, path, aliases = [] }) =>
    // Two parameters at one place are one address, however they are called.
    [path, ...aliases].map((each) => `${method} ${each.replaceAll(/\{\w+\}/g, '{}')}`),
  )
  expect(addresses.filter((each, i) => addresses.indexOf(each) !== i)).toEqual([])
})

test.each(routeTable.map((route) => [route.id, route] as const))(
  '%s is a whole row',
  (_, route) => {
    const { path, params, status, reply, replyType, method, body, access } = route
    expect(path).toMatch(/^\/[\w./{}-]*$/)
    const described = params instanceof z.ZodObject ? Object.keys(params.shape) : []
    expect(described.toSorted()).toEqual(names(path).toSorted())
    if (status === 204) expect(reply).toBeUndefined()
    if (method === 'GET') expect(body).toBeUndefined()
    if (method === 'GET' && access !== 'public') expect(reply ?? replyType).toBeDefined()
    expect(route.summary).toMatch(/^[A-Z0-9].*[^.]$/)
  },
)

test('S-12: management routes refuse members they do not know', () => {
  const lax = routeTable
    .filter(({ owner }) => owner !== 'ingress')
    .filter(({ params, query, body }) =>
      [params, query, body].some((schema) => schema !== undefined && !isStrict(schema)),
    )
  expect(lax.map(({ id }) => id)).toEqual([])
})

function isStrict(schema: z.ZodType): boolean {
  const issues = schema.safeParse({ of_tomorrow: 1 }).error?.issues ?? []
  return issues.some(({ code }) => code === 'unrecognized_keys' || code === 'invalid_union')
}

test('every error code of a row is in the table of docs/http-api.md', () => {
  const document = readFileSync(new URL('../../../../docs/http-api.md', import.meta.url), 'utf8')
  const [, table = ''] = document.split('| Status | `code`')
  const codes = new Set(routeTable.flatMap(({ errors = [] }) => errors))
  const missing = [...codes].filter((code) => !table.includes(`\`${code}\``))
  expect(missing.filter((code) => !code.startsWith('outbound_'))).toEqual([])
})

test('every role may call something', () => {
  for (const { access, id } of routeTable) {
    if (typeof access === 'string') continue
    expect([id, access.roles.length]).not.toEqual([id, 0])
  }
})
