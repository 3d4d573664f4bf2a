import type { z } from 'zod'

export interface DescribedIssue {
  readonly path: readonly PropertyKey[]
  /** What is wanted there, and what is there instead: follows on `Invalid value for 'x': `. */
  readonly problem: string
  readonly missing: boolean
}

type Issue = z.core.$ZodIssue

/** One validation problem in words for the caller of an API, who has not heard of the validator. */
export function describeIssue(issue: Issue, root: unknown): DescribedIssue {
  const { path, issue: found } = deepest(issue)
  const value = valueAt(root, path)
  return { path, problem: problemOf(found, value), missing: value === undefined }
}

/** Of a union's branches, the one that got furthest is what the caller meant. */
function deepest(
  issue: Issue,
  above: readonly PropertyKey[] = [],
): { path: PropertyKey[]; issue: Issue } {
  let found = { path: [...above, ...issue.path], issue }
  if (issue.code !== 'invalid_union') return found
  for (const branch of issue.errors) {
    for (const inner of branch) {
      const candidate = deepest(inner, [...above, ...issue.path])
      // Among those that got equally far, a right type with a wrong value is nearer than a wrong type.
      const further = candidate.path.length - found.path.length
      if (further > 0 || (further === 0 && inner.code !== 'invalid_type' && found.issue === issue))
        found = candidate
    }
  }
  return found
}

function problemOf(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_type')
    return `expected ${noun(issue.expected)}, but got ${kindOf(value)}`
  if (issue.code === 'too_small') return `must ${bound(issue.origin, 'least', issue.minimum)}`
  if (issue.code === 'too_big') return `must ${bound(issue.origin, 'most', issue.maximum)}`
  if (issue.code === 'invalid_value') return `must be ${oneOf(issue.values)}`
  return issue.code === 'invalid_union' ? noneOf(issue, value) : issue.message
}

function noneOf(issue: z.core.$ZodIssueInvalidUnion, value: unknown): string {
  if ('options' in issue && Array.isArray(issue.options)) return `must be ${oneOf(issue.options)}`
  const kinds = new Set<string>()
  for (const inner of issue.errors.flat())
    if (inner.code === 'invalid_type') kinds.add(noun(inner.expected))
  if (kinds.size === 0) return 'is none of the forms allowed here'
  return `expected ${listed([...kinds])}, but got ${kindOf(value)}`
}

function bound(origin: string, side: 'least' | 'most', limit: number | bigint): string {
  const count = String(limit)
  if (origin === 'string')
    return limit === 1 && side === 'least' ? 'not be empty' : `have at ${side} ${count} characters`
  if (origin === 'array') return `have at ${side} ${count} ${limit === 1 ? 'item' : 'items'}`
  return `be at ${side} ${count}`
}

function oneOf(values: readonly unknown[]): string {
  return listed(values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value))))
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? 'something else'
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`
}

const nouns: Readonly<Record<string, string>> = {
  int: 'an integer',
  array: 'an array',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

function noun(type: string): string {
  return nouns[type] ?? `a ${type}`
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'number' && !Number.isInteger(value) ? 'a fraction' : noun(typeof value)
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const key of path) value = (value as Record<PropertyKey, unknown> | null | undefined)?.[key]
  return value
}
