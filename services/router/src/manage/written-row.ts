import { GatewayError } from '@sluice/kernel/errors'
import type { z } from 'zod'
import { routerErrors } from '../errors.ts'

/** A row with members of a patch: null takes one back to what its absence means. Throws what is wrong with the whole. */
export function patched<Row extends object>(
  schema: z.ZodType<Row>,
  row: Row,
  patch: Readonly<Record<string, unknown>>,
): Row {
  const merged = Object.entries({ ...row, ...patch }).filter(
    ([, value]) => value !== null && value !== undefined,
  )
  return checkedRow(schema, Object.fromEntries(merged))
}

export function checkedRow<Row>(schema: z.ZodType<Row>, value: unknown): Row {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw invalid(issue?.message ?? 'it is not valid', issue?.path.join('.'))
}

export function invalid(problem: string, param?: string): GatewayError {
  const message = param === undefined ? problem : `Invalid value for '${param}': ${problem}`
  return new GatewayError(routerErrors.row_invalid, message, param === undefined ? {} : { param })
}
