import { isUtf8 } from 'node:buffer'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from './errors.ts'
import { isObject, type JsonObject, parseJson } from './json.ts'

const maxDepth = 64
/** Keys that could reach a prototype in code that copies objects naively, here or at a provider. */
const forbiddenKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** A caller's body as an object that is safe to walk. Throws a 400 that names the field at fault. */
export function readBody(body: Buffer): JsonObject {
  if (!isUtf8(body)) throw refuse('The request body is not UTF-8')
  const value = parseJson(body.toString())
  if (value === undefined) throw refuse('The request body is not valid JSON')
  if (!isObject(value)) throw refuse('The request body must be a JSON object')
  const problem = findProblem(value, 1)
  if (problem) throw refuse(problem.message, problem.path.toReversed())
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
function findProblem(value: object, depth: number): Problem | null {
  if (depth > maxDepth) {
    return { message: `The request is nested more than ${String(maxDepth)} levels deep`, path: [] }
  }
  const isArray = Array.isArray(value)
  for (const key of Object.keys(value)) {
    if (!isArray && forbiddenKeys.has(key)) {
      return { message: `The key ${key} is not allowed`, path: [key] }
    }
    const member = (value as Record<string, unknown>)[key]
    if (typeof member !== 'object' || member === null) continue
    const problem = findProblem(member, depth + 1)
    if (!problem) continue
    problem.path.push(isArray ? Number(key) : key)
    return problem
  }
  return null
}
