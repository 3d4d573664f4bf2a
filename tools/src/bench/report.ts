import type { Percentiles } from './load/protocol.ts'
import type { Measurement } from './measure.ts'
import { cpuPerUnit, measurements, type BenchResults } from './results.ts'
import type { ScenarioName } from './scenarios.ts'
import { median, medianRatio } from './statistics.ts'

type Field = 'latency' | 'firstPart' | 'partDelay'

function number(value: number, digits = 0): string {
  return Number.isFinite(value)
    ? value.toLocaleString('en-US', {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
    : '–'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index === 0 ? '---' : '--:'))
  return [line(head), `|${rule.join('|')}|`, ...rows.map(line)].join('\n')
}

/** Reads figures out of the results by set-up; everything is a median over rounds. */
class Figures {
  readonly #results: BenchResults
  constructor(results: BenchResults) {
    this.#results = results
  }

  rounds(scenario: ScenarioName, setup: string): readonly Measurement[] {
    return measurements(this.#results, scenario, setup)
  }

  cpu(scenario: ScenarioName, setup: string, of: 'pathMicros' | 'allMicros' = 'pathMicros') {
    return median(cpuPerUnit(this.rounds(scenario, setup), of))
  }

  /** How many times less CPU than `other` takes; the ratio is taken inside each round. */
  times(scenario: ScenarioName, setup: string, other: string): number {
    return medianRatio(
      cpuPerUnit(this.rounds(scenario, other), 'pathMicros'),
      cpuPerUnit(this.rounds(scenario, setup), 'pathMicros'),
    )
  }

  rate(scenario: ScenarioName, setup: string, of: 'requests' | 'parts'): number {
    return median(this.rounds(scenario, setup).map(({ load }) => load[of] / load.seconds))
  }

  at(scenario: ScenarioName, setup: string, field: Field, percentile: keyof Percentiles): number {
    return median(this.rounds(scenario, setup).map(({ load }) => load[field][percentile]))
  }

  /** What the set-up adds to the bare upstream in the same round. */
  added(
    scenario: ScenarioName,
    setup: string,
    field: Field,
    percentile: keyof Percentiles,
  ): number {
    const without = this.rounds(scenario, 'bare')
    return median(
      this.rounds(scenario, setup).map(
        ({ load }, round) =>
          load[field][percentile] - (without[round]?.load[field][percentile] ?? NaN),
      ),
    )
  }
}

function requestTable(results: BenchResults, figures: Figures): string {
  const cold = (name: string) =>
    median(results.coldStart.find((row) => row.name === name)?.milliseconds ?? [])
  const rows = results.setups.map(({ name }) => [
    name,
    number(figures.cpu('plain-c64', name), 1),
    number(figures.times('plain-c64', name, 'portkey'), 1),
    number(1 / figures.times('plain-c64', name, 'nginx'), 1),
    number(figures.rate('plain-c64', name, 'requests')),
    number(figures.at('plain-c64', name, 'latency', 'p50') / 1_000, 2),
    number(figures.at('plain-c64', name, 'latency', 'p99') / 1_000, 2),
    number(figures.at('plain-c1', name, 'latency', 'p50')),
    number(figures.added('plain-c1', name, 'latency', 'p50')),
    number(figures.added('open-500', name, 'latency', 'p50')),
    number(figures.added('open-500', name, 'latency', 'p99')),
    number(figures.cpu('large-prompt', name)),
    number(figures.times('large-prompt', name, 'portkey'), 1),
    number(cold(name)),
  ])
  return table(
    [
      'plain requests',
      'CPU µs per request',
      '× Portkey',
      'of nginx',
      'RPS c=64',
      'p50 ms',
      'p99 ms',
      'c=1 p50 µs',
      'c=1 added',
      '500/s: added p50 µs',
      'added p99',
      '256 KB: CPU µs',
      '× Portkey',
      'cold start ms',
    ],
    rows,
  )
}

function streamTable(results: BenchResults, figures: Figures): string {
  const rows = results.setups.map(({ name }) => [
    name,
    number(figures.cpu('stream-c64', name), 2),
    number(figures.times('stream-c64', name, 'portkey'), 1),
    number(figures.rate('stream-c64', name, 'parts')),
    number(figures.at('first-part', name, 'firstPart', 'p50')),
    number(figures.added('first-part', name, 'firstPart', 'p50')),
    number(figures.at('paced-c64', name, 'firstPart', 'p50') / 1_000, 2),
    number(figures.at('paced-c64', name, 'firstPart', 'p99') / 1_000, 2),
    number(figures.at('paced-c64', name, 'partDelay', 'p50')),
    number(figures.at('paced-c64', name, 'partDelay', 'p99')),
    number(figures.cpu('paced-c64', name), 1),
  ])
  return table(
    [
      'streams of 64 parts',
      'CPU µs per part, unpaced',
      '× Portkey',
      'parts/s',
      '1 stream: first part p50 µs',
      'added',
      '64 × 50/s: first part p50 ms',
      'p99 ms',
      'part delay p50 µs',
      'p99',
      'CPU µs per part',
    ],
    rows,
  )
}

function breakdownTable(figures: Figures, setup: string): string {
  const names = Object.keys(figures.rounds('plain-c64', setup)[0]?.cpu ?? {})
  const perUnit = (scenario: ScenarioName, part: string) =>
    median(
      figures.rounds(scenario, setup).map(({ cpu, load }) => {
        return (cpu[part] ?? NaN) / (load.parts > 0 ? load.parts : load.requests)
      }),
    )
  const row = (title: string, value: (scenario: ScenarioName) => number) => [
    title,
    number(value('plain-c64'), 1),
    number(value('stream-c64'), 2),
    number(value('large-prompt')),
  ]
  return table(
    [`${setup}: CPU µs`, 'per request', 'per part, unpaced', 'per 256 KB request'],
    [
      ...names.map((part) => row(part, (scenario) => perUnit(scenario, part))),
      row('**request path**', (scenario) => figures.cpu(scenario, setup)),
      row('**everything**', (scenario) => figures.cpu(scenario, setup, 'allMicros')),
    ],
  )
}

function memoryTable(results: BenchResults): string {
  const mib = (bytes: number) => number(bytes / 2 ** 20, 1)
  const steps = [...new Set(results.memory.flatMap(({ steps }) => steps.map((s) => s.streams)))]
  return table(
    ['resident memory, MiB', 'base', ...steps.map((n) => `${number(n)} streams`), 'per 1,000'],
    results.memory.map((row) => {
      const last = row.steps.at(-1)
      return [
        row.setup,
        mib(row.baseBytes),
        ...steps.map((n) => mib(row.steps.find(({ streams }) => streams === n)?.bytes ?? NaN)),
        mib((((last?.bytes ?? NaN) - row.baseBytes) / (last?.streams ?? NaN)) * 1_000),
      ]
    }),
  )
}

function coldStartTable(results: BenchResults): string {
  return table(
    ['spawn to first 200', 'median ms', 'least', 'most', 'resident MiB'],
    results.coldStart.map(({ name, milliseconds, residentBytes }) => [
      name,
      number(median(milliseconds)),
      number(Math.min(...milliseconds)),
      number(Math.max(...milliseconds)),
      number(residentBytes / 2 ** 20),
    ]),
  )
}

function redisTable(results: BenchResults): string {
  return table(
    ['cluster, Redis calls', 'requests', 'parts', 'calls, most frequent first', 'fcall per part'],
    results.redisCalls.map(({ scenario, load, calls }) => {
      const sorted = Object.entries(calls).sort(([, left], [, right]) => right - left)
      return [
        scenario,
        number(load.requests),
        number(load.parts),
        sorted
          .slice(0, 8)
          .map(([name, count]) => `${name} ${number(count)}`)
          .join(', '),
        load.parts > 0 ? number((calls['fcall'] ?? 0) / load.parts, 3) : '–',
      ]
    }),
  )
}

function machineLine({ machine, quick, rounds, startedAt }: BenchResults): string {
  const redis = machine.redis === null ? '' : `, Redis ${machine.redis}`
  return (
    `${startedAt.slice(0, 10)}, ${machine.cpu} with ${String(machine.cores)} cores, ` +
    `${String(machine.memoryGiB)} GiB, ${machine.system}, Node ${machine.node}${redis}; load before the run ` +
    `${machine.loadBefore.toFixed(2)}; ${String(rounds)} interleaved rounds${quick ? ', quick' : ''}; all on loopback.`
  )
}

export function formatReport(results: BenchResults): string {
  const figures = new Figures(results)
  const manyParts = results.setups.filter(
    ({ name }) => Object.keys(figures.rounds('plain-c64', name)[0]?.cpu ?? {}).length > 1,
  )
  const blocks = [
    machineLine(results),
    results.setups.map(({ name, title }) => `- ${name}: ${title}`).join('\n'),
    ...results.skipped.map(({ name, reason }) => `- ${name} is left out: ${reason}`),
    requestTable(results, figures),
    streamTable(results, figures),
    ...manyParts.map(({ name }) => breakdownTable(figures, name)),
  ]
  if (results.redisCalls.length > 0) blocks.push(redisTable(results))
  if (results.memory.length > 0) blocks.push(memoryTable(results))
  if (results.coldStart.length > 0) blocks.push(coldStartTable(results))
  if (results.failures.length > 0)
    blocks.push(
      ['**Not a result: answers were wrong or missing**', ...results.failures]
        .map((line, index) => (index === 0 ? line : `- ${line}`))
        .join('\n'),
    )
  return `${blocks.join('\n\n')}\n`
}
