import { expect, test } from '@jest/globals'
import { compatibilityMatrix } from './compatibility-matrix.ts'
import { readSourceFiles } from './source-files.ts'

const files = readSourceFiles()
const withEdit = (path: string, from: RegExp, to: string) => {
  const edited = files.map((file) =>
    file.path === path ? { path, text: file.text.replace(from, to) } : file,
  )
  return compatibilityMatrix.run(edited)
}

test('the README says what the lab gives; a cell that fails, a client at another version and a missing table are found', () => {
  expect(compatibilityMatrix.run(files)).toEqual([])
  const faults = [
    withEdit('README.md', /(?<=\| +)✓(?= +\|)/, '**fails**'),
    withEdit('e2e/clients/pnpm-lock.yaml', /version: 7\.\d+\.\d+\(/, 'version: 7.0.0('),
    withEdit('e2e/clients/python/requirements.txt', /openai==.*/, 'openai==3.0.0'),
    withEdit('README.md', /<!-- compatibility matrix[^]*end of the compatibility matrix -->/, ''),
  ]
  expect(faults.map((findings) => findings.map(({ file }) => file))).toEqual(
    faults.map(() => ['README.md']),
  )
})
