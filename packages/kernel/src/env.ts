import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { GatewayError, kernelErrors, messageOf } from './errors.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads settings from environment variables. An empty string is unset; `<NAME>_FILE` names a file that holds the value; a value that
 * does not parse is an error, never the default. All problems are reported together, by variable name.
 */
export function readEnvironment<Schema extends z.ZodObject>(
  schema: Schema,
  env: Environment,
): z.infer<Schema> {
  const values: Record<string, string> = {}
  const problems: string[] = []
  for (const name of Object.keys(schema.shape)) {
    const file = env[`${name}_FILE`]
    const value = env[name]
    if (file) {
      try {
        values[name] = readFileSync(file, 'utf8').trim()
      } catch (cause) {
        problems.push(`${name}_FILE: cannot read ${file} (${messageOf(cause)})`)
      }
    } else if (value !== undefined && value !== '') values[name] = value
  }
  const parsed = schema.safeParse(values)
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      problems.push(`${issue.path.join('.')}: ${issue.message}`)
  }
  if (problems.length > 0 || !parsed.success) throw configurationError(problems)
  return parsed.data
}

/** Reads several parts of a configuration: what is wrong with any of them is reported together, each problem once. */
export function readTogether<Parts extends Readonly<Record<string, () => unknown>>>(
  parts: Parts,
): { readonly [Name in keyof Parts]: ReturnType<Parts[Name]> } {
  const values: Record<string, unknown> = {}
  const problems = new Set<string>()
  for (const [name, read] of Object.entries(parts)) {
    try {
      values[name] = read()
    } catch (thrown) {
      if (!GatewayError.is(thrown)) throw thrown
      for (const problem of thrown.message.split('\n')) problems.add(problem)
    }
  }
  if (problems.size > 0) throw configurationError([...problems])
  return values as { [Name in keyof Parts]: ReturnType<Parts[Name]> } // filled member by member above
}

/** One line per problem: what `--check-config` and a refused start print. */
export function configurationError(problems: readonly string[]): GatewayError {
  return new GatewayError(kernelErrors.invalid_configuration, problems.join('\n'), {
    details: { problems },
  })
}

const digits = z.string().regex(/^-?\d+$/, 'must be a whole number')

/** Building blocks for environment schemas: a whole number, a port, a flag, a text, a list. */
export const envWholeNumber = (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  digits.transform(Number).pipe(z.int().min(min).max(max))
export const envInt = (fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER) =>
  envWholeNumber(min, max).default(fallback)
export const envPort = (fallback: number) => envInt(fallback, 0, 65_535)
export const envFlag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0'], 'must be true or false')
    .transform((value) => value === 'true' || value === '1')
    .default(fallback)
export const envText = z.string().min(1)
/** Comma-separated, blanks trimmed, empties dropped. */
export const envList = z.string().transform((value) =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)
