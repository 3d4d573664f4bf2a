import { configurationError, envText, type Environment, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'

/** Described where the job is configured (`@sluice/lake-flink/config`): whoever reads the tables is told the same. */
const environment = z.object({
  ICEBERG_CATALOG_URI: envText.optional(),
  ICEBERG_CATALOG_CREDENTIAL: envText.optional(),
  ICEBERG_CATALOG_PROPERTIES: envText.optional(),
  ICEBERG_WAREHOUSE: envText.optional(),
})

/** The Iceberg catalogue that the lake is in. */
export interface CatalogueConfig {
  readonly kind: 'jdbc' | 'rest'
  readonly uri: string
  /** `user:password` or `client:secret`. */
  readonly credential: string | null
  readonly warehouse: string | null
  /** As Iceberg names them, secrets among them. */
  readonly properties: Readonly<Record<string, string>>
}

/** Null: the lake is in none. */
export function readCatalogueConfig(env: Environment): CatalogueConfig | null {
  const values = readEnvironment(environment, env)
  const { ICEBERG_CATALOG_URI: uri } = values
  if (uri === undefined) return null
  const problems: string[] = []
  if (!/^(jdbc:|https?:)/.test(uri))
    problems.push('ICEBERG_CATALOG_URI: must be jdbc:… or https://…')
  const properties = nameValues(
    values.ICEBERG_CATALOG_PROPERTIES,
    'ICEBERG_CATALOG_PROPERTIES',
    problems,
  )
  if (problems.length > 0) throw configurationError(problems)
  return {
    kind: uri.startsWith('jdbc:') ? 'jdbc' : 'rest',
    uri,
    credential: values.ICEBERG_CATALOG_CREDENTIAL ?? null,
    warehouse: values.ICEBERG_WAREHOUSE ?? null,
    properties,
  }
}

/** `name=value;name=value`, where a value may hold semicolons and equals signs. */
export function nameValues(
  text: string | undefined,
  name: string,
  problems: string[],
): Record<string, string> {
  const entries = (text ?? '').split(/;(?=[\w.-]+=|$)/).filter((entry) => entry.trim() !== '')
  const found: Record<string, string> = {}
  for (const entry of entries) {
    const at = entry.indexOf('=')
    if (at < 1) problems.push(`${name}: ${entry} is not name=value`)
    else found[entry.slice(0, at).trim()] = entry.slice(at + 1)
  }
  return found
}
