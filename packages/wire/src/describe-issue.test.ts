import { expect, test } from '@jest/globals'
import { z } from 'zod'
import { describeIssue } from './describe-issue.ts'

const schema = z.looseObject({
  number: z.number().min(0).max(2).optional(),
  count: z.int().optional(),
  name: z.string().min(1).max(3).optional(),
  list: z.array(z.string()).min(1).max(2).optional(),
  either: z.union([z.string(), z.array(z.string()).max(1), z.null()]).optional(),
  kind: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.literal('text'), text: z.string() }),
      z.looseObject({ type: z.literal(['a', 'b']) }),
    ])
    .optional(),
})

test.each([
  [{ number: '1' }, 'number', 'expected a number, but got a string'],
  [{ number: 3 }, 'number', 'must be at most 2'],
  [{ number: -1 }, 'number', 'must be at least 0'],
  [{ count: 1.5 }, 'count', 'expected an integer, but got a fraction'],
  [{ count: null }, 'count', 'expected a number, but got null'],
  [{ name: '' }, 'name', 'must not be empty'],
  [{ name: 'four' }, 'name', 'must have at most 3 characters'],
  [{ list: [] }, 'list', 'must have at least 1 item'],
  [{ list: ['a', 2] }, 'list.1', 'expected a string, but got a number'],
  [{ either: 5 }, 'either', 'expected a string, an array or null, but got a number'],
  [{ either: ['a', 'b'] }, 'either', 'must have at most 1 item'],
  [{ either: [1] }, 'either.0', 'expected a string, but got a number'],
  [{ kind: { type: 'z' } }, 'kind.type', "must be 'text', 'a' or 'b'"],
  [{ kind: 'z' }, 'kind', 'expected an object, but got a string'],
])('%j: %s %s', (value, path, problem) => {
  const issue = schema.safeParse(value).error?.issues[0]
  if (!issue) throw new Error('the value was accepted')
  const described = describeIssue(issue, value)
  expect(described.path.join('.')).toBe(path)
  expect(described.problem).toBe(problem)
  expect(described.missing).toBe(false)
})

test('what is not there is missing', () => {
  const value = { kind: { type: 'text' } }
  const issue = schema.safeParse(value).error?.issues[0]
  if (!issue) throw new Error('the value was accepted')
  expect(describeIssue(issue, value)).toMatchObject({ path: ['kind', 'text'], missing: true })
})
