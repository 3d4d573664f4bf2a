import { isUtf8 } from 'node:buffer'
import { GatewayError } from '@sluice/kernel/errors'
import { countNames, duplicateName } from './duplicate-names.ts'
import { wireErrors } from './errors.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'

const maxDepth = 64
/** Keys that could reach a prototype in code that copies objects naively, here or at a provider. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])
/** Members that hold JSON of the caller's own, where such a key is a name like any other: it travels on as it is and is never merged. */
const freeForm = new Set(['parameters', 'input_schema', 'schema', 'arguments', 'metadata'])

/** A caller's body as an object that is safe to walk. Throws a 400 that names the field at fault. */
export function readBody(body: Buffer): JsonObject {
  if (!isUtf8(body)) throw refuse('The request body is not UTF-8')
  const text = body.toString()
  const value = parseJson(text)
  if (value === undefined) throw refuse('The request body is not valid JSON')
  if (!isObject(value)) throw refuse('The request body must be a JSON object')
  const seen = { members: 0 }
  const problem = findProblem(value, 1, seen)
  if (problem) throw refuse(problem.message, problem.path.toReversed())
  // `JSON.parse` takes the last of two members of one name, others the first: what was checked here might not be what is done there.
  if (countNames(text) !== seen.members) {
    const name = duplicateName(text) ?? ''
    throw refuse(`The key '${name}' stands twice in an object`, [name])
  }
  return value
}

/** A 400 that names the field as callers write it: `messages[0].content`. */
export function refuse(message: string, path: readonly PropertyKey[] = []): GatewayError {
  const type = 'invalid_request_error'
  const param = formatPath(path)
  return new GatewayError(
    wireErrors.invalid_request,
    message,
    param === null ? { type } : { type, param },
  )
}

export function formatPath(path: readonly PropertyKey[]): string | null {
  if (path.length === 0) return null
  const parts = path.map((key) =>
    typeof key === 'number' ? `[${String(key)}]` : `.${String(key)}`,
  )
  return parts.join('').replace(/^\./, '')
}

interface Problem {
  readonly message: string
  /** Reversed: it grows on the way back up. */
  readonly path: PropertyKey[]
}

/** Recursion is safe: it ends at the depth it looks for. */
function findProblem(
  value: object,
  depth: number,
  seen: { members: number },
  isFree = false,
): Problem | null {
  if (depth > maxDepth) {
    return { message: `The request is nested more than ${String(maxDepth)} levels deep`, path: [] }
  }
  const isArray = Array.isArray(value)
  const keys = Object.keys(value)
  if (!isArray) seen.members += keys.length
  for (const key of keys) {
    if (!isArray && !isFree && forbiddenKeys.has(key)) {
      return { message: `The key ${key} is not allowed`, path: [key] }
    }
    const member = (value as Record<string, unknown>)[key]
    if (typeof member !== 'object' || member === null) continue
    const within = isFree || (!isArray && isFreeForm(key, value))
    const problem = findProblem(member, depth + 1, seen, within)
    if (!problem) continue
    problem.path.push(isArray ? Number(key) : key)
    return problem
  }
  return null
}

/** `input` is the tool's in Anthropic's blocks, and the conversation in a Responses call. */
function isFreeForm(key: string, parent: object): boolean {
  if (freeForm.has(key)) return true
  return key === 'input' && 'type' in parent && String(parent.type).endsWith('tool_use')
}
