export interface Edit {
  /** From the root of the work tree. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** One way in which the product could be wrong, as edits of its source. */
export interface PlantedBug {
  readonly breaks: string
  readonly edits: readonly Edit[]
}

const memoryGenerations = 'packages/generations/src/memory-generations.ts'
const memoryGeneration = 'packages/generations/src/memory-generation.ts'
const memoryOutbox = 'packages/generations/src/memory-outbox.ts'
const memoryReaping = 'packages/generations/src/memory-reaping.ts'
const adapter = 'services/provider-adapter/src'
const http = 'services/ingress/src/http'

export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
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
        find: '    this.#outbox.push(copyUsage(end.usage))\n    generation.wakeTails()\n',
        replace: '    this.#outbox.push(copyUsage(end.usage))\n',
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
  'ack-early': {
    breaks: 'bills leave the outbox before they are stored',
    edits: [
      {
        file: memoryOutbox,
        find: '      await this.#handler(this.#batch.map(copyUsage))\n      this.#batch = []\n',
        replace:
          '      const records = this.#batch.map(copyUsage)\n      this.#batch = []\n      await this.#handler(records)\n',
      },
    ],
  },
  'swallow-ledger-failure': {
    breaks: 'a bill that the database did not take counts as stored',
    edits: [
      {
        file: 'services/usage/src/record-usage.ts',
        find: '    if (!isRefused(thrown)) throw thrown\n    return recordOneByOne(records, context)',
        replace:
          '    if (!isRefused(thrown)) return 0\n    return recordOneByOne(records, context)',
      },
    ],
  },
  'relay-forgets': {
    breaks: 'an outbox batch is forgotten before the event log took it',
    edits: [
      {
        file: 'services/usage/src/outbox-relay.ts',
        find: '        events.publish(batch.topic, batch.events),\n',
        replace: '        events.publish(batch.topic, batch.events).catch(() => undefined),\n',
      },
    ],
  },
  'new-event-id': {
    breaks: 'a usage event has another id than its bill',
    edits: [
      {
        file: 'services/usage/src/usage-event.ts',
        find: '      id: record.request_id,\n',
        replace: '      id: `${record.request_id}:${String(record.finished_at)}`,\n',
      },
    ],
  },
  'no-bill-for-cancelled': {
    breaks: 'a generation that ends without its writer leaves no bill',
    edits: [
      {
        file: memoryGenerations,
        find: '    this.#outbox.push(copyUsage(end.usage))\n',
        replace: '    if (last.data.length > 0) this.#outbox.push(copyUsage(end.usage))\n',
      },
    ],
  },
  'provider-row-per-request': {
    breaks: 'the provider ledger has one row per request in place of one per call',
    edits: [
      {
        file: 'packages/store/src/memory-usage-store.ts',
        find: '        const place = `${request_id}/${String(call.attempt)}`\n',
        replace: '        const place = request_id\n',
      },
    ],
  },
  'unannounced-attempt': {
    breaks: 'a further provider call is not announced before it is made',
    edits: [
      {
        file: `${adapter}/generation-run.ts`,
        find: '      const announced = await generations.nextAttempt(this.#claim, this.#sequence.target)\n',
        replace: '      const announced = await generations.append(this.#claim, [])\n',
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
  'dropped-on-crash': {
    breaks: 'bills that a dying process had taken are not given to another',
    edits: [
      {
        file: memoryOutbox,
        find: '    this.#waiting.restore(this.#batch)\n',
        replace: '',
      },
    ],
  },
  'charge-kept': {
    breaks: 'what is cancelled keeps its charges',
    edits: [
      {
        file: memoryGenerations,
        find: '    this.#counters.settle(caller.tenantId, generation.charges, end.usage)\n',
        replace:
          "    if (end.terminal.state !== 'cancelled') this.#counters.settle(caller.tenantId, generation.charges, end.usage)\n",
      },
    ],
  },
  'double-settle': {
    breaks: 'charges are settled twice',
    edits: [
      {
        file: memoryGenerations,
        find: '    this.#counters.settle(caller.tenantId, generation.charges, end.usage)\n',
        replace:
          '    this.#counters.settle(caller.tenantId, generation.charges, end.usage)\n    this.#counters.settle(caller.tenantId, generation.charges, end.usage)\n',
      },
    ],
  },
  'refusal-charges': {
    breaks: 'a refused call keeps its charges',
    edits: [
      {
        file: memoryGenerations,
        find: '    const isFull = waiting >= this.#timing.maxWaiting\n',
        replace:
          '    this.#counters.take(tenantId, charges, 0)\n    const isFull = waiting >= this.#timing.maxWaiting\n',
      },
    ],
  },
  'one-more': {
    breaks: 'a limit lets one call more through than it says',
    edits: [
      {
        file: 'packages/generations/src/charges.ts',
        find: '  return level + amount <= max && level < max\n',
        replace: '  return level <= max && amount >= 0\n',
      },
    ],
  },
  'settled-for-nothing': {
    breaks: 'what a call has cost is given back at its end',
    edits: [
      {
        file: 'packages/generations/src/memory-counters.ts',
        find: '      counter.used = Math.min(used, Number.MAX_SAFE_INTEGER)\n',
        replace: '      counter.used = Math.min(used, counter.used)\n',
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
  'usage-never-estimated': {
    breaks: 'an estimate is billed as if the provider had counted',
    edits: [
      {
        file: 'packages/wire/src/estimated-usage.ts',
        find: '    estimated: true,\n',
        replace: '    estimated: false,\n',
      },
    ],
  },
  'tokens-swapped': {
    breaks: 'input is billed as output',
    edits: [
      {
        file: `${adapter}/usage-of.ts`,
        find: '        input_tokens: billed.input_tokens,\n        output_tokens: billed.output_tokens,\n',
        replace:
          '        input_tokens: billed.output_tokens,\n        output_tokens: billed.input_tokens,\n',
      },
    ],
  },
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
        find: '    this.#waiting.push(...ids)\n    this.#wake()\n',
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
  'tenant-filter-dropped': {
    breaks: 'whoever knows the id of a generation may read and cancel it',
    edits: [
      {
        file: `${http}/generations/find-generation.ts`,
        find: '  return caller.tenantId === tenantId && caller.keyId === keyId\n',
        replace: '  return caller.tenantId === tenantId || caller.keyId !== keyId\n',
      },
    ],
  },
  'attach-to-foreign-tenant': {
    breaks: 'the Idempotency-Key of one tenant finds the answer of another',
    edits: [
      {
        file: `${http}/repetition.ts`,
        find: "    key: hash('sha256', [kind, tenantId, keyId, route, name].join('\\n')),\n",
        replace: "    key: hash('sha256', [kind, route, name].join('\\n')),\n",
      },
      {
        file: `${http}/generations/find-generation.ts`,
        find: '  return caller.tenantId === tenantId && caller.keyId === keyId\n',
        replace: '  return caller.tenantId === tenantId || caller.keyId !== keyId\n',
      },
    ],
  },
  'dedupe-off': {
    breaks: 'an Idempotency-Key is not looked at',
    edits: [
      {
        file: `${http}/inference.ts`,
        find: '  const attach = repetition && attachOf(repetition, endpoint.route, caller, json())\n',
        replace:
          "  const attach = repetition?.kind !== 'retry' ? null : attachOf(repetition, endpoint.route, caller, json())\n",
      },
    ],
  },
  'retry-not-attached': {
    breaks: "an SDK's retry is a call of its own while the first one runs",
    edits: [
      {
        file: `${http}/inference.ts`,
        find: '  const attach = repetition && attachOf(repetition, endpoint.route, caller, json())\n',
        replace:
          "  const attach = repetition === null || repetition.kind === 'retry' ? null : attachOf(repetition, endpoint.route, caller, json())\n",
      },
    ],
  },
  'key-without-body': {
    breaks: 'an Idempotency-Key answers another body than the one it came with',
    edits: [
      {
        file: `${http}/repetition.ts`,
        find: "  const bodyHash = hash('sha256', canonicalJson(body))\n",
        replace: "  const bodyHash = hash('sha256', kindless(repetition) ?? canonicalJson(body))\n",
      },
      {
        file: `${http}/repetition.ts`,
        find: 'const count = /^\\d{1,4}$/\n',
        replace:
          "const count = /^\\d{1,4}$/\nconst kindless = (repetition: Repetition) => (repetition.kind === 'idempotency' ? repetition.key : null)\n",
      },
    ],
  },
  'disconnect-ignored': {
    breaks: 'the generation of a client that left for good runs on',
    edits: [
      {
        file: `${http}/serve-call.ts`,
        find: "  if (wish === 'continue') return\n",
        replace: "  if (wish !== 'grace') return\n",
      },
    ],
  },
  'leaving-ends-all': {
    breaks: 'the generation of a client that wanted it to go on is cancelled',
    edits: [
      {
        file: `${http}/serve-call.ts`,
        find: "  if (wish === 'continue') return\n",
        replace: '',
      },
    ],
  },
  'keep-alive-after-end': {
    breaks: 'a stream that has ended but is not taken yet gets a keep-alive comment',
    edits: [
      {
        file: `${http}/open-calls.ts`,
        find: '      if (!silent || call.response.writableEnded || call.response.writableNeedDrain) continue\n',
        replace: '      if (!silent || call.response.writableNeedDrain) continue\n',
      },
    ],
  },
  'unknown-is-401': {
    breaks: 'a key that cannot be checked just now is called a wrong one',
    edits: [
      {
        file: `${http}/authenticate.ts`,
        find: '  const verdict = await asked\n',
        replace:
          "  const verdict = await asked.catch(() => ({ valid: false as const, reason: 'unknown' as const, revision: 0 }))\n",
      },
    ],
  },
  'unhandled-rejection': {
    breaks: 'nobody hears of a cancel that could not be delivered',
    edits: [
      {
        file: `${http}/serve-call.ts`,
        find: '    await generations.leave(call.id, waits ? config.disconnectGraceMs : 0)\n',
        replace: '    void generations.leave(call.id, waits ? config.disconnectGraceMs : 0)\n',
      },
    ],
  },
}
