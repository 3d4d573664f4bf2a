import type { Check } from './check.ts'
import { isTypeScript, lineOf } from './source-files.ts'

const rules = [
  {
    // `-- because …` is the linter's own way to write a reason.
    pattern: /(?:oxlint|eslint)-disable(?:-next-line|-line)?\b(?![^\n]*\s--\s+\S)[^\n]*/g,
    message: 'a rule is disabled without a reason: end the comment with `-- why`',
  },
  {
    pattern: /@ts-expect-error(?!\s+\S+\s+\S+)[^\n]*/g,
    message: '@ts-expect-error without a reason behind it',
  },
  {
    pattern: /@ts-(?:ignore|nocheck)\b[^\n]*/g,
    message: 'hides errors that are not there yet: use @ts-expect-error with a reason',
  },
  {
    pattern: /\b(?:TODO|FIXME)\b(?!\(#\d+\))[^\n]*/g,
    message: 'without a number: write TODO(#123), or do it',
  },
]

export const comments: Check = {
  name: 'comments',
  run: (files) =>
    files
      .filter((file) => isTypeScript(file) && !file.path.startsWith('tools/src/check/'))
      .flatMap(({ path: file, text }) =>
        rules.flatMap(({ pattern, message }) =>
          [...text.matchAll(pattern)].map(({ index }) => ({
            file,
            line: lineOf(text, index),
            message,
          })),
        ),
      ),
}
