import { configurationError } from '@sluice/kernel/env'
import type { z } from 'zod'

/** What a command was given, as the HTTP interface would take it; every problem in one error otherwise. */
export function checkCall<Shape extends z.ZodType>(schema: Shape, given: unknown): z.output<Shape> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw configurationError(
    parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`),
  )
}
