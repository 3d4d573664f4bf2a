import type { Toxic } from '../../fault-proxy/toxics.ts'
import type { Stage } from './stage.ts'

/** A row of the fault matrix that wants something exact. Those that want chance are met at random. */
export interface Row {
  readonly id: string
  readonly what: string
  /** Only when it is asked for by name. */
  readonly isLong?: boolean
  readonly run: (stage: Stage) => Promise<void>
}

function of(stage: Stage, service: string) {
  return stage.processes.filter((process) => process.service === service)
}

function linksTo(stage: Stage, pattern: RegExp) {
  return (stage.network?.links ?? []).filter(({ name }) => pattern.test(name))
}

const everyToxic: readonly Toxic[] = [
  { type: 'latency', latencyMs: 150, jitterMs: 50 },
  { type: 'down' },
  { type: 'bandwidth', bytesPerSecond: 100_000 },
  { type: 'slow_close', delayMs: 1_000 },
  { type: 'timeout', timeoutMs: 1_000 },
  { type: 'reset_peer', afterMs: 300 },
  { type: 'slicer', averageBytes: 64, delayMs: 1 },
  { type: 'limit_data', bytes: 20_000 },
]

export const rows: readonly Row[] = [
  {
    id: 'FM09',
    what: 'an ingress stands still for 3 s',
    run: (stage) => stage.freeze(of(stage, 'ingress').slice(0, 1), 3_000),
  },
  {
    id: 'FM11',
    what: 'auth is away for 20 s',
    run: (stage) => stage.freeze(of(stage, 'auth'), 20_000),
  },
  {
    id: 'FM13',
    what: 'every router is killed',
    run: (stage) => killed(stage, 'router'),
  },
  {
    id: 'FM16',
    what: 'every adapter is killed',
    run: (stage) => killed(stage, 'provider-adapter'),
  },
  {
    id: 'FM18',
    what: 'an adapter stands still for 15 s and comes back',
    run: (stage) => stage.freeze(of(stage, 'provider-adapter').slice(0, 1), 15_000),
  },
  { id: 'FM22', what: 'Redis is killed', run: (stage) => killed(stage, 'redis') },
  {
    id: 'FM23',
    what: 'Redis stands still for 20 s',
    run: (stage) => stage.freeze(of(stage, 'redis'), 20_000),
  },
  {
    id: 'FM28',
    what: 'Redis answers 200 ms late, in slices, and resets 5 % of its connections, for 15 s',
    run: (stage) =>
      stage.poison(
        linksTo(stage, / redis$/),
        [
          { type: 'latency', latencyMs: 200, jitterMs: 20, direction: 'downstream' },
          { type: 'slicer', averageBytes: 500, delayMs: 0 },
          { type: 'reset_peer', afterMs: 1_000, toxicity: 0.05 },
        ],
        15_000,
      ),
  },
  {
    id: 'FM29',
    what: 'Postgres stands still for 60 s',
    run: (stage) => stage.freeze(of(stage, 'postgres'), 60_000),
  },
  {
    id: 'FM32',
    what: 'Kafka stands still for 60 s',
    run: (stage) => stage.freeze(of(stage, 'kafka'), 60_000),
  },
  {
    id: 'FM32-10',
    what: 'Kafka is killed, and cannot be reached for 10 minutes',
    isLong: true,
    run: async (stage) => {
      await killed(stage, 'kafka')
      await stage.poison(linksTo(stage, / kafka$/), [{ type: 'down' }], 10 * 60_000)
      await stage.untilDrained()
    },
  },
  {
    id: 'FM43',
    what: 'each of the eight toxics, 3 s long, between ingress and Redis, adapter and Redis, adapter and provider, services and Kafka',
    run: async (stage) => {
      for (const pattern of [
        /^ingress-\d redis$/,
        /^provider-adapter-\d redis$/,
        /demo-provider$/,
        / kafka$/,
      ])
        for (const toxic of everyToxic) {
          if (stage.over) return
          await stage.poison(linksTo(stage, pattern), [toxic], 3_000)
          await stage.pause(1_000)
        }
    },
  },
  {
    id: 'FM45',
    what: 'the disk of Redis is full for 10 s, then that of Postgres for 30 s',
    run: async (stage) => {
      await stage.fillDisk('redis', 10_000)
      await stage.newRound(false, 1_000)
      await using log = await stage.spendingLog()
      await stage.fillDisk('postgres', 30_000, log.spend)
    },
  },
  {
    id: 'FM48',
    what: 'everything is killed at once',
    run: (stage) => {
      stage.kill(stage.processes.filter(({ service }) => service !== 'demo-provider'))
      return Promise.resolve()
    },
  },
  {
    id: 'FM49',
    what: 'the configuration file is garbage for 5 s, then names another key for 5 s',
    run: async (stage) => {
      await stage.configure((text) => `${text}\n  - {{`, 5_000)
      const other =
        '  - { name: rotated, key: chaos-rotated-key-0000000000000, tenant: rotated, project: default }\n'
      await stage.configure((text) => text + other, 5_000)
    },
  },
]

function killed(stage: Stage, service: string): Promise<void> {
  stage.kill(of(stage, service))
  return Promise.resolve()
}

/** One row after the other, each when the one before is over. */
export async function faultsByRow(
  stage: Stage,
  ids: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  for (const { id, what, run } of rows) {
    if (!ids.includes(id)) continue
    await stage.newRound(false, 1_000)
    if (stage.over) return
    say(`${id}: ${what}`)
    await run(stage)
  }
  await stage.newRound(false, 0)
}
