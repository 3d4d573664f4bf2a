import { between, chance, oneOf, shuffled, weighted } from '../random.ts'
import type { RunningProcess } from '../cluster-now.ts'

/** One round of faults that come together. */
export interface Strike {
  readonly what: 'kill' | 'freeze'
  readonly targets: readonly RunningProcess[]
  /** Of a freeze. */
  readonly forMs: number
}

/** The provider is the witness of what it was asked: it stays. */
const spared = ['demo-provider']

/** A Redis or a Postgres that stands still holds up everything: not for as long as a zombie must live. */
const longestFreezeMs: Readonly<Record<string, number>> = {
  redis: 4_000,
  postgres: 6_000,
  kafka: 4_000,
}

/** Chooses strikes so that every kind of process has its turn in every round of kinds. */
export function strikeChooser(): (processes: readonly RunningProcess[]) => Strike {
  let kinds: string[] = []
  return (all) => {
    const processes = all.filter(({ service }) => !spared.includes(service))
    kinds =
      kinds.length > 0 ? kinds : shuffled([...new Set(processes.map(({ service }) => service))])
    const kind = kinds.pop() ?? ''
    const ofKind = processes.filter(({ service }) => service === kind)
    const one = oneOf(ofKind)
    const shape = weighted([
      ['one', 50],
      ['freeze', 16],
      ['kind', 12],
      ['several', 18],
      ['everything', 4],
    ] as const)
    switch (shape) {
      case 'one':
        return { what: 'kill', targets: [one], forMs: 0 }
      case 'freeze': {
        const longest = longestFreezeMs[kind] ?? (chance(0.2) ? 15_000 : 7_000)
        return { what: 'freeze', targets: [one], forMs: between(500, longest) }
      }
      case 'kind':
        return { what: 'kill', targets: ofKind, forMs: 0 }
      case 'several':
        return {
          what: 'kill',
          targets: [
            one,
            ...shuffled(processes.filter((other) => other !== one)).slice(
              0,
              Math.ceil(between(0, 3)),
            ),
          ],
          forMs: 0,
        }
      case 'everything':
        return { what: 'kill', targets: processes, forMs: 0 }
    }
  }
}
