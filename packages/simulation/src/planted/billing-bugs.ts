import { files, type PlantedBug } from './planted-bug.ts'

const { memoryGenerations, memoryOutbox, adapter } = files

/** Bills, usage events and the ledgers. */
export const billingBugs: Readonly<Record<string, PlantedBug>> = {
  'ack-early': {
    breaks: 'bills leave the outbox before they are stored',
    edits: [
      {
        file: memoryOutbox,
        find: '      await this.#handler(this.#batch)\n      this.#batch = []\n',
        replace:
          '      const batch = this.#batch\n      this.#batch = []\n      await this.#handler(batch)\n',
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
        file: 'packages/outbox/src/outbox-relay.ts',
        find: '      await events.publish(topic, batch)\n',
        replace: '      await events.publish(topic, batch).catch(() => undefined)\n',
      },
    ],
  },
  'new-event-id': {
    breaks: 'a usage event has another id than its bill',
    edits: [
      {
        file: 'services/usage/src/generation-events.ts',
        find: '  const attributes = { id, source',
        replace: '  const attributes = { id: `${id}:${String(finishedAt)}`, source',
      },
    ],
  },
  'no-bill-for-cancelled': {
    breaks: 'a generation that ends without its writer leaves no bill',
    edits: [
      {
        file: memoryGenerations,
        find: '    this.#outbox.push(recordOf(end.usage, generation), generation.entries)\n',
        replace:
          '    if (last.data.length > 0) this.#outbox.push(recordOf(end.usage, generation), generation.entries)\n',
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
}
