import { z } from 'zod'
import type { Check, Finding } from './check.ts'
import type { SourceFile } from './source-files.ts'

const Manifest = z.object({ description: z.string().optional() })

/** A newcomer learns from two places what a package is: its manifest in a sentence, its README.md in a page. */
export const packageFiles: Check = {
  name: 'package files',
  run: (files) => {
    const paths = new Set(files.map(({ path }) => path))
    return files
      .filter(({ path }) => path.endsWith('/package.json') && !path.includes('__fixtures__'))
      .flatMap((manifest) => problems(manifest, paths))
  },
}

function problems({ path: file, text }: SourceFile, paths: ReadonlySet<string>): Finding[] {
  const findings: Finding[] = []
  const { description } = Manifest.parse(JSON.parse(text))
  if (!description) findings.push({ file, line: 1, message: 'has no description' })
  if (!paths.has(file.replace(/package\.json$/, 'README.md')))
    findings.push({ file, line: 1, message: 'has no README.md beside it' })
  return findings
}
