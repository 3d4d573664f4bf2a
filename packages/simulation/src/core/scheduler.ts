import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Random } from './random.ts'

/** Something that will happen, unless it is cancelled. */
export interface Planned {
  readonly at: number
  /** Decides between events of the same moment. */
  readonly order: number
  work: (() => void) | null
}

/**
 * Virtual time and the order of everything. One event runs at a time; before the next one, every promise and tick that it set off has
 * settled. With the same randomness the order is the same, whatever the machine does.
 */
export class Scheduler {
  /** Virtual ms since the start of the run. */
  now = 0
  /** Events run so far. */
  steps = 0
  readonly #random: Random
  readonly #heap: Planned[] = []

  constructor(random: Random) {
    this.#random = random
  }

  after(ms: number, work: () => void): Planned {
    const planned = { at: this.now + Math.max(0, ms), order: this.#random.next(), work }
    push(this.#heap, planned)
    return planned
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve)
    })
  }

  /** Runs events until `isOver`, or until the next one lies beyond `untilMs`; false in the second case. */
  async run(isOver: () => boolean, untilMs: number): Promise<boolean> {
    await nextTurn()
    while (!isOver()) {
      const next = pop(this.#heap)
      if (next === null) return false
      if (next.work === null) continue
      if (next.at > untilMs) {
        push(this.#heap, next)
        this.now = untilMs
        return false
      }
      this.now = next.at
      this.steps += 1
      next.work()
      // A whole turn of the event loop: microtasks and ticks, those of Node's streams included, have run after it.
      await nextTurn()
    }
    return true
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

function push(heap: Planned[], item: Planned): void {
  let at = heap.push(item) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (!isBefore(item, heap[parent] as Planned)) break
    heap[at] = heap[parent] as Planned
    at = parent
  }
  heap[at] = item
}

function pop(heap: Planned[]): Planned | null {
  const top = heap[0]
  const last = heap.pop()
  if (top === undefined || last === undefined) return null
  if (heap.length === 0) return top
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned))
      child += 1
    if (!isBefore(heap[child] as Planned, last)) break
    heap[at] = heap[child] as Planned
    at = child
  }
  heap[at] = last
  return top
}
