import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { packageOf, type SourceFile } from '../check/source-files.ts'
import { repository } from '../repository.ts'

/** One variable, as its schema describes it. */
export interface Setting {
  readonly name: string
  readonly description: string
  /** As it would be written; null = unset. */
  readonly default: string | null
  /** What values are taken, where it is not just any text. */
  readonly values: string
}

/** A file that reads settings: it exports their schema as `environment`. */
export interface EnvironmentModule {
  readonly path: string
  /** The service or app; in a library, which has several, the file. */
  readonly title: string
  /** The comment above the schema. */
  readonly comment: string
  readonly settings: readonly Setting[]
}

const declaration = /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export const environment = /

export async function readEnvironmentModules(
  files: readonly SourceFile[],
): Promise<EnvironmentModule[]> {
  const modules: EnvironmentModule[] = []
  for (const { path, text } of files) {
    const match = declaration.exec(text)
    if (!match || !/^(packages|services|apps)\/[^/]+\/src\/[^/]+\.ts$/.test(path)) continue
    const imported: unknown = await import(pathToFileURL(join(repository, path)).href)
    const { environment } = imported as { environment: z.ZodObject } // what the declaration says
    modules.push({
      path,
      title: titleOf(path),
      comment: (match[1] ?? '').replaceAll(/\s*\n\s*\* ?/g, ' ').trim(),
      settings: settingsOf(environment),
    })
  }
  return modules.toSorted((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1))
}

function titleOf(path: string): string {
  const name = path.startsWith('packages/') ? basename(path, '.ts') : (packageOf(path) ?? path)
  const words = basename(name).replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** First what every process has, then the whole gateway, then service by service. */
function rank({ path }: EnvironmentModule): number {
  return ['packages/', 'apps/', 'services/'].findIndex((folder) => path.startsWith(folder))
}

const Property = z.object({
  description: z.string().default(''),
  default: z.unknown().optional(),
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
})
type Property = z.infer<typeof Property>

function settingsOf(environment: z.ZodObject): Setting[] {
  const [read, written] = (['output', 'input'] as const).map((io) =>
    z.record(z.string(), Property).parse(
      // Transforms (`"5000"` → 5000) have no JSON Schema of their own: their ends have.
      z.toJSONSchema(environment, { io, unrepresentable: 'any' }).properties,
    ),
  )
  return Object.keys(environment.shape).map((name) => {
    const [output, input] = [read?.[name], written?.[name]]
    const fallback = output?.default ?? input?.default
    return {
      name,
      description: output?.description || (input?.description ?? ''),
      default: fallback === undefined || fallback === '' ? null : asWritten(fallback),
      values: valuesOf(output, input),
    }
  })
}

function asWritten(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}

function valuesOf(output: Property | undefined, input: Property | undefined): string {
  const choices = input?.enum?.map(String) ?? []
  if (choices.includes('true')) return 'true, false'
  if (choices.length > 0) return choices.join(', ')
  const { minimum, maximum } = output ?? {}
  if (minimum === undefined) return ''
  const unbounded = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
  return unbounded ? `${String(minimum)} or more` : `${String(minimum)} to ${String(maximum)}`
}
