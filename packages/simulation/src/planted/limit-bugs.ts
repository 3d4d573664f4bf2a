import { files, type PlantedBug } from './planted-bug.ts'

const { memoryGenerations, fairQueue } = files

/** What limits count, and whose turn it is. */
export const limitBugs: Readonly<Record<string, PlantedBug>> = {
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
        find: '    const noRoom = this.#work.refusal(tenantId, now)\n',
        replace:
          '    this.#counters.take(tenantId, charges, 0)\n    const noRoom = this.#work.refusal(tenantId, now)\n',
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
  'reserved-uncounted': {
    breaks: 'a limit forgets the calls that still run',
    edits: [
      {
        file: 'packages/generations/src/memory-counters.ts',
        find: 'return counter === undefined ? 0 : counter.used + counter.reserved\n',
        replace: 'return counter === undefined ? 0 : counter.used\n',
      },
    ],
  },
  'charged-again': {
    breaks: 'what is done again is charged again',
    edits: [
      {
        file: memoryGenerations,
        find: '    generation.lapses += 1\n',
        replace:
          '    generation.lapses += 1\n    for (const { charge, counter } of generation.charges) counter.reserved += charge.amount\n',
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
  'one-line-for-all': {
    breaks: 'all tenants wait in one line',
    edits: [
      {
        file: fairQueue,
        find: '    if (this.#shared.length < this.#max) {\n',
        replace: '    if (this.#shared.length < Infinity) {\n',
      },
    ],
  },
  'lines-in-order-of-length': {
    breaks: 'the longest line moves up first',
    edits: [
      {
        file: fairQueue,
        find: '    for (const [tenant, line] of this.#lines) {\n',
        replace:
          '    const longest = [...this.#lines].toSorted(([, a], [, b]) => b.items.length - a.items.length)\n    for (const [tenant, line] of longest) {\n',
      },
    ],
  },
  'weight-ignored': {
    breaks: 'every tenant moves up alike, whatever its licence says',
    edits: [
      {
        file: fairQueue,
        find: 'line.items.take(line.weight)',
        replace: 'line.items.take(Math.min(line.weight, 1))',
      },
    ],
  },
}
