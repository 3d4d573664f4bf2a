import { files, type PlantedBug } from './planted-bug.ts'

const { memoryGeneration, http } = files

/** What readers get, from the hot log and from the archive. */
export const readingBugs: Readonly<Record<string, PlantedBug>> = {
  'resume-off-by-one': {
    breaks: 'a resumed stream begins with the entry that its client has already',
    edits: [
      {
        file: memoryGeneration,
        find: '    return known ? index : null\n',
        replace: '    return known ? Math.max(0, index - 1) : null\n',
      },
    ],
  },
  'part-forgotten': {
    breaks: 'a resumed stream leaves out the rest of an entry that its client has in part',
    edits: [
      {
        file: `${http}/sse-frames.ts`,
        find: '    .slice(after + 1)\n',
        replace: '    .slice(after < 0 ? 0 : payloads.length)\n',
      },
    ],
  },
  'unknown-cursor-from-start': {
    breaks: 'a cursor that the log never had is answered from the start, not refused',
    edits: [
      {
        file: memoryGeneration,
        find: '    return known ? index : null\n',
        replace: '    return known ? index : 0\n',
      },
    ],
  },
  'not-archived': {
    breaks: 'an answer is gone when its hot log is',
    edits: [
      {
        file: 'services/usage/src/archive-writer.ts',
        find: '    this.#waiting.push(...ids)\n    for (const [id, log] of logs) this.#hold(id, log)\n    this.#wake()\n',
        replace: '',
      },
    ],
  },
  'archive-off-by-one': {
    breaks: 'from the archive a resumed stream repeats what its client has',
    edits: [
      {
        file: `${http}/generations/archive-tail.ts`,
        find: 'compareCursors(entry, after) > 0)',
        replace: 'compareCursors(entry, after) >= 0)',
      },
      {
        file: `${http}/generations/archive-tail.ts`,
        find: '  if (!isKnown) throw new GatewayError(generationErrors.log_reset)\n',
        replace: '',
      },
    ],
  },
  'push-is-truth': {
    breaks: 'what is pushed while its reader is busy is never read from the log',
    edits: [
      {
        file: 'packages/generations/src/memory-tail.ts',
        find: '    if (this.#waiting === null) return\n',
        replace:
          '    if (this.#waiting === null) {\n      this.#index = this.#generation?.entries.length ?? 0\n      return\n    }\n',
      },
    ],
  },
}
