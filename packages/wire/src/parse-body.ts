import type { GatewayError } from '@sluice/kernel/errors'
import type { z } from 'zod'
import { describeIssue } from './describe-issue.ts'
import { wireErrors } from './errors.ts'
import type { JsonObject } from './json.ts'
import { formatPath, readBody, refuse } from './read-body.ts'

export { refuse } from './read-body.ts'

/** A caller's body, checked. Throws a `GatewayError` with status 400 whose `param` is the field at fault, null when the body as a whole is. */
export function parseBody<Shape>(body: Buffer, schema: z.ZodType<Shape>): Shape {
  return parseShape(readBody(body), schema)
}

/** The same for a body that was read already. */
export function parseShape<Shape>(value: JsonObject, schema: z.ZodType<Shape>): Shape {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw describe(parsed.error, value)
  return parsed.data
}

function describe(error: z.ZodError, value: unknown): GatewayError {
  const [issue] = error.issues
  if (!issue) return refuse(wireErrors.invalid_request.title)
  const { path, problem, missing } = describeIssue(issue, value)
  const param = formatPath(path)
  if (param === null) return refuse('The request body must be a JSON object')
  return refuse(
    missing ? `Missing required parameter: '${param}'` : `Invalid value for '${param}': ${problem}`,
    path,
  )
}
