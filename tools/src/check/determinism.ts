import type { Check } from './check.ts'
import { isTestFile, isTypeScript, lineOf } from './source-files.ts'

/**
 * What the simulation drives: services and the ports with their memory adapters. Time reaches them by `Clock` and randomness as a dependency,
 * or a run could not be repeated. Adapters to real servers have time and randomness of their own.
 */
const simulated =
  /^(services\/[^/]+|packages\/(kernel|generations|work-queue|event-log|store|identity|wire|wire-[^/]+|contracts))\/src\//

/** Where the real ones come from. */
const sources = [
  /(^|\/)main\.ts$/,
  /^packages\/kernel\/src\/(clock|ids|run)\.ts$/,
  // The start of a process and its metrics of the machine: nothing that decides what becomes of a call.
  /^packages\/kernel\/src\/(logger|metrics|observability-server)\.ts$/,
  // Credentials: nobody may be able to make them again.
  /^services\/auth\/src\/(accounts\/(passwords|secrets|signing-keys)|keys\/mint-key)\.ts$/,
  // Keeps what was restored for as long as somebody has it; restored again, it is the same.
  /^packages\/generations\/src\/memory-archive\.ts$/,
]

const uses = [
  { pattern: /\bDate\.now\b|\bnew Date\(\)/g, what: 'reads the wall clock' },
  { pattern: /\bperformance\.now\b|\bprocess\.hrtime\b/g, what: 'reads the monotonic clock' },
  { pattern: /(?<![.\w])set(Timeout|Interval|Immediate)\(/g, what: 'sets a timer of its own' },
  { pattern: /from 'node:timers(\/promises)?'/g, what: 'imports timers' },
  { pattern: /\bAbortSignal\.timeout\b/g, what: 'sets a timer of its own' },
  { pattern: /\bMath\.random\b/g, what: 'makes randomness of its own' },
  {
    pattern: /\brandom(UUID|Bytes|Int|FillSync|Fill)\b|\bgetRandomValues\b/g,
    what: 'makes randomness of its own',
  },
  { pattern: /\bWeakRef\b|\bFinalizationRegistry\b/g, what: 'depends on the garbage collector' },
]

export const determinism: Check = {
  name: 'determinism',
  run: (files) =>
    files
      .filter((file) => isTypeScript(file) && !isTestFile(file.path) && simulated.test(file.path))
      .filter(({ path }) => !sources.some((place) => place.test(path)))
      .flatMap(({ path: file, text }) =>
        uses.flatMap(({ pattern, what }) =>
          [...text.matchAll(pattern)].map(({ index }) => ({
            file,
            line: lineOf(text, index),
            message: `${what}: take a Clock or the randomness as a dependency, so that the simulation can repeat it`,
          })),
        ),
      ),
}
