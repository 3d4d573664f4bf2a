import { readVersions, renderMatrix, allPass } from '../lab/matrix.ts'
import { readSection, withoutPadding } from '../lab/readme.ts'
import type { Check } from './check.ts'
import { lineOf } from './source-files.ts'

const readme = 'README.md'

/** What the README says of clients is what the lab tests, at the versions that it installs: a cell that fails, or a client that moved on, shows. */
export const compatibilityMatrix: Check = {
  name: 'compatibility matrix',
  run: (files) => {
    const textOf = (path: string) => files.find((file) => file.path === path)?.text ?? ''
    const versions = readVersions(
      textOf('e2e/clients/pnpm-lock.yaml'),
      textOf('e2e/clients/python/requirements.txt'),
    )
    const text = textOf(readme)
    const found = readSection(text)
    const wanted = renderMatrix(versions, allPass)
    if (found !== null && withoutPadding(found) === withoutPadding(wanted)) return []
    const line = lineOf(text, Math.max(0, text.indexOf('compatibility matrix')))
    const message = 'is not what the lab gives: npm run lab -- --write-readme'
    return [{ file: readme, line, message }]
  },
}
