import { lineOf, type SourceFile } from './source-files.ts'

export interface Import {
  /** As written: `@sluice/wire/framing`, `./reaper.ts`, `node:fs`. */
  readonly specifier: string
  readonly line: number
}

const statements = [
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'/gm,
  /^\s*import\s*'([^']+)'/gm,
  /\bimport\(\s*'([^']+)'/g,
]

/** What a file imports, types included. The formatter sees to it that there is one way to write each. */
export function importsOf({ text }: SourceFile): Import[] {
  return statements.flatMap((statement) =>
    [...text.matchAll(statement)].map((match) => ({
      specifier: match[1] ?? '',
      line: lineOf(text, match.index + match[0].length),
    })),
  )
}

/** `@sluice/wire/framing` → `wire`; null for what is not ours. */
export function ourPackage(specifier: string): string | null {
  return /^@sluice\/([^/]+)/.exec(specifier)?.[1] ?? null
}

/** `@electric-sql/pglite/worker` → `@electric-sql/pglite`; null for relative paths and Node's own modules. */
export function thirdParty(specifier: string): string | null {
  if (/^(\.|node:|@sluice\/)/.test(specifier)) return null
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? null
}
