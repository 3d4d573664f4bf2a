import type { z } from 'zod'

/** Inside a check: applies a schema that the value itself chooses, and says what is wrong as if it stood there. `at`: where in the value it applies. */
export function checkBy(
  schema: z.ZodType,
  value: unknown,
  { issues }: { readonly issues: z.core.$ZodRawIssue[] },
  at: readonly PropertyKey[] = [],
): void {
  for (const issue of schema.safeParse(value).error?.issues ?? [])
    issues.push({ ...issue, path: [...at, ...issue.path], input: value } as z.core.$ZodRawIssue)
}
