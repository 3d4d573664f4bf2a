import type { Finding } from '../check/check.ts'
import { lineOf, type SourceFile } from '../check/source-files.ts'
import { readEnvironmentModules } from './environment-modules.ts'
import { envDocs, envExample } from './write-env-docs.ts'

/** The generated documents, by path. */
export async function environmentDocuments(
  files: readonly SourceFile[],
): Promise<Map<string, string>> {
  const modules = await readEnvironmentModules(files)
  return new Map([
    ['docs/env.md', envDocs(modules)],
    ['.env.example', envExample(modules)],
  ])
}

/** Said by `tools/sluice.mjs` to its child: nobody sets it. */
const fromLauncher = 'SLUICE_LAUNCHER'

/** Documents that no longer say what the code does, and variables that are read past the schemas. */
export async function environmentProblems(files: readonly SourceFile[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [path, wanted] of await environmentDocuments(files))
    if (files.find((file) => file.path === path)?.text !== wanted)
      findings.push({ file: path, line: 1, message: 'is not current: npm run env-docs' })

  const modules = await readEnvironmentModules(files)
  const known = new Set(modules.flatMap(({ settings }) => settings.map(({ name }) => name)))
  for (const { path: file, text } of files) {
    if (!/^(packages|services|apps)\/[^/]+\/src\/.*(?<!\.test)\.ts$/.test(file)) continue
    for (const { index, 1: name = '' } of text.matchAll(/\benv(?:\.|\[')([A-Z][A-Z_]+)\b/g)) {
      if (known.has(name.replace(/_FILE$/, '')) || name === fromLauncher) continue
      findings.push({ file, line: lineOf(text, index), message: `${name} is in no schema` })
    }
  }
  return findings
}
