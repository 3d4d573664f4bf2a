import { files, type PlantedBug } from './planted-bug.ts'

const { memoryGenerations, memoryGeneration, memoryReaping, adapter, http } = files

/** Who may write to a log, and what is written there. */
export const writingBugs: Readonly<Record<string, PlantedBug>> = {
  'no-fence': {
    breaks: 'a writer that lost its lease goes on writing',
    edits: [
      {
        file: memoryGenerations,
        find: "  if (generation.epoch !== epoch) return 'fenced'\n",
        replace: '',
      },
    ],
  },
  'two-claims': {
    breaks: 'a duplicate delivery starts a second call beside the first',
    edits: [
      {
        file: memoryGenerations,
        find: "    if (generation.state === 'running') return refused('fenced')\n",
        replace: '',
      },
      {
        file: memoryGenerations,
        find: "    if (generation.state !== 'routed' || plan === null",
        replace: "    if (!['routed', 'running'].includes(generation.state) || plan === null",
      },
    ],
  },
  'epoch-from-a-counter': {
    breaks: 'every process counts epochs for itself, from 1',
    edits: [
      {
        file: memoryGeneration,
        find: '    this.epoch = Math.max(this.epoch + 1, now)\n',
        replace: '    this.epoch = 1 + (now % 1)\n',
      },
    ],
  },
  'lose-terminal': {
    breaks: 'readers that wait are not told of the terminal entry',
    edits: [
      {
        file: memoryGenerations,
        find: '    this.#outbox.push(recordOf(end.usage, generation), generation.entries)\n    generation.wakeTails()\n',
        replace: '    this.#outbox.push(recordOf(end.usage, generation), generation.entries)\n',
      },
    ],
  },
  'end-on-error': {
    breaks: 'an answer in an unknown state is ended in order',
    edits: [
      {
        file: `${http}/serve-call.ts`,
        find: "  else call.cut('log_lost')",
        replace: '  else call.response.end()',
      },
    ],
  },
  'done-on-error': {
    breaks: 'a failed stream ends without its error event',
    edits: [
      {
        file: `${http}/sse-frames.ts`,
        find: '    payloads.push(errorPayload(entry, reader, previous ?? null))\n',
        replace: '',
      },
    ],
  },
  'append-failure-ignored': {
    breaks: 'parts whose append failed are left out, and the writer goes on',
    edits: [
      {
        file: `${adapter}/log-writer.ts`,
        find: '      const written = await this.#generations.append(this.#claim, [entry])\n',
        replace:
          '      const written = await this.#generations.append(this.#claim, [entry]).catch(() => ({ ok: true as const, cursor: null }))\n',
      },
    ],
  },
  'append-repeated-blindly': {
    breaks: 'parts whose append failed are appended again, whether they are there or not',
    edits: [
      {
        file: `${adapter}/log-writer.ts`,
        find: '      const written = await this.#generations.append(this.#claim, [entry])\n',
        replace:
          '      const append = () => this.#generations.append(this.#claim, [entry])\n      const written = await append().catch(append)\n',
      },
    ],
  },
  'terminal-before-finish-reason': {
    breaks: 'the finish reason is published before the terminal entry',
    edits: [
      {
        file: 'packages/wire-openai-chat/src/pass-through.ts',
        find: '    if (this.#isHolding()) {\n      this.#held.push(text)\n',
        replace: '    if (this.#isHolding() && text === "") {\n      this.#held.push(text)\n',
      },
    ],
  },
  'cut-looks-whole': {
    breaks: 'a provider that breaks off is taken for one that has ended',
    edits: [
      {
        file: 'packages/wire-openai-chat/src/pass-through.ts',
        find: '    const error = this.#feed.failure ?? (this.#isHolding() ? null : cutShort())\n',
        replace: '    const error = this.#feed.failure\n',
      },
    ],
  },
  'retry-after-first-part': {
    breaks: 'the next provider is called although something was published',
    edits: [
      {
        file: `${adapter}/generation-run.ts`,
        find: '    const mayGoOn = !this.#log.published && this.#readingOn === null\n',
        replace: '    const mayGoOn = this.#readingOn === null\n',
      },
    ],
  },
  'requeue-after-first-part': {
    breaks: 'the reaper has a generation done again although something was published',
    edits: [
      {
        file: memoryReaping,
        find: "  if (generation.entries.length > 0) return 'upstream_lost'\n",
        replace: '',
      },
    ],
  },
  'reaper-off': {
    breaks: 'nobody looks after abandoned work',
    edits: [
      {
        file: 'services/router/src/reaper.ts',
        find: '      const { requeued, failed, expired } = await generations.reap()\n',
        replace:
          '      const { requeued, failed, expired } = { requeued: 0, failed: 0, expired: 0 }\n',
      },
    ],
  },
  'deadline-ignored': {
    breaks: 'a generation may run for as long as its provider talks',
    edits: [
      {
        file: memoryReaping,
        find: "  if (now >= generation.deadlineAt + grace) return 'generation_expired'\n",
        replace: '',
      },
      {
        file: `${adapter}/generation-run.ts`,
        find: '    const timeouts = { ...config.timeouts, totalMs }\n',
        replace: '    const timeouts = { ...config.timeouts, totalMs: Infinity }\n',
      },
    ],
  },
}
