import type { Check } from './check.ts'
import { isTestFile, isTypeScript, lineOf } from './source-files.ts'

/** Where the environment is read, signals are handled and the process ends: everything else is a library. */
const allowed = [/(^|\/)main\.ts$/, /^packages\/kernel\/src\/run\.ts$/, /^(tools|examples)\//]

const uses = [
  { pattern: /\bprocess\.env\b/g, what: 'reads the environment' },
  { pattern: /\bprocess\.exit(Code)?\b/g, what: 'ends the process' },
  { pattern: /\bprocess\.(on|once|addListener)\(/g, what: 'listens to the process' },
  { pattern: /import \{[^}]*\} from 'node:process'/g, what: 'imports parts of node:process' },
]

export const processAccess: Check = {
  name: 'process access',
  run: (files) =>
    files
      .filter((file) => isTypeScript(file) && !isTestFile(file.path))
      .filter(({ path }) => !allowed.some((place) => place.test(path)))
      .flatMap(({ path: file, text }) =>
        uses.flatMap(({ pattern, what }) =>
          [...text.matchAll(pattern)].map(({ index }) => ({
            file,
            line: lineOf(text, index),
            message: `${what}: only main.ts, run.ts and tools may; take it as a parameter`,
          })),
        ),
      ),
}
