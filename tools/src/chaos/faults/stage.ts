import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { clusterNow, type RunningProcess } from '../cluster-now.ts'
import type { SmallDisk } from '@sluice/testkit/small-disk'
import type { History, RecordOf } from '../history.ts'
import type { Pulses } from '../load/pulse.ts'
import type { Toxic } from '../../fault-proxy/toxics.ts'
import type { Link, Network } from './network.ts'

export interface FaultOptions {
  readonly clusterJson: string
  readonly history: History
  readonly pulses: Pulses
  /** The cluster's configuration file. */
  readonly configuration: string
  /** Disks that can be filled, by what lies on them. */
  readonly disks: Readonly<Record<string, SmallDisk>>
  /** Null: no connection fails but by a process that ends. */
  readonly network: Network | null
  readonly signal: AbortSignal
}

/** Normal for so long is back to normal. */
const calmMs = 2_000
/** A round that did not end by then is over anyway: the checker has seen it. */
const longestRoundMs = 25_000
const fillEveryMs = 250
/** What 10 minutes without Kafka have left is in Kafka by then. */
const drainTimeoutMs = 120_000

/** What can be done to a cluster. Everything is written down, under the number of the round. */
export class Stage {
  readonly #options: FaultOptions
  #round = 0
  #hurried = false

  constructor(options: FaultOptions) {
    this.#options = options
  }

  get processes(): readonly RunningProcess[] {
    return clusterNow(this.#options.clusterJson).processes
  }

  get network(): Network | null {
    return this.#options.network
  }

  get over(): boolean {
    return this.#options.signal.aborted
  }

  /** A hurried round does not wait for the end of the one before. */
  async newRound(hurried: boolean, pauseMs: number): Promise<void> {
    if (!hurried) await this.#untilCalm()
    await this.pause(pauseMs)
    this.#round += 1
    this.#hurried = hurried
  }

  kill(targets: readonly RunningProcess[]): void {
    for (const target of targets) if (send([target.pid], 'SIGKILL')) this.#wrote('kill', target)
  }

  /** In good order. */
  end(targets: readonly RunningProcess[]): void {
    for (const target of targets) if (send([target.pid], 'SIGTERM')) this.#wrote('stop', target)
  }

  /** It is filled again as soon as something is given back. `meanwhile` comes with every time. */
  async fillDisk(name: string, forMs: number, meanwhile = () => Promise.resolve()): Promise<void> {
    const disk = this.#options.disks[name]
    if (disk === undefined) throw new Error(`no disk for ${name}`)
    this.#write('toxic', `disk ${name}`, 'full')
    for (const end = performance.now() + forMs; !this.over && performance.now() < end;) {
      disk.fill()
      await meanwhile()
      await this.pause(fillEveryMs)
    }
    disk.free()
    this.#write('heal', `disk ${name}`, '')
  }

  /** Postgres makes its log in advance, by 16 MB: to write what is left of that until it panics for want of more, one MB at a time. */
  async spendingLog(): Promise<AsyncDisposable & { readonly spend: () => Promise<void> }> {
    const { postgres } = clusterNow(this.#options.clusterJson).stores
    // Now: a full disk takes no new connections.
    const client = new Client({ connectionString: postgres, query_timeout: 1_000 })
    client.on('error', () => undefined)
    await client.connect()
    const large = `SELECT pg_logical_emit_message(true, 'chaos', repeat('x', 1000000))`
    return {
      spend: async () => {
        // Once it has panicked, there is nobody to tell.
        await client.query(large).catch(() => undefined)
      },
      async [Symbol.asyncDispose]() {
        await client.end().catch(() => undefined)
      },
    }
  }

  /** With everything that it has started. */
  async freeze(targets: readonly RunningProcess[], forMs: number): Promise<void> {
    const frozen = targets.map((target) => ({
      target,
      pids: [target.pid, ...childrenOf(target.pid)],
    }))
    for (const { target, pids } of frozen) if (send(pids, 'SIGSTOP')) this.#wrote('freeze', target)
    await this.pause(forMs)
    for (const { target, pids } of frozen) if (send(pids, 'SIGCONT')) this.#wrote('thaw', target)
  }

  async poison(links: readonly Link[], toxics: readonly Toxic[], forMs: number): Promise<void> {
    for (const { name } of links) this.#write('toxic', name, JSON.stringify(toxics))
    await Promise.all(links.map(({ proxy }) => proxy.setToxics(toxics)))
    await this.pause(forMs)
    await Promise.all(links.map(({ proxy }) => proxy.setToxics([])))
    for (const { name } of links) this.#write('heal', name, '')
  }

  /** Until what waits in the outboxes now has gone. */
  async untilDrained(): Promise<void> {
    const { postgres } = clusterNow(this.#options.clusterJson).stores
    const client = new Client({ connectionString: postgres })
    await client.connect()
    try {
      const { rows: schemas } = await client.query<{ name: string }>(
        `SELECT format('%I.outbox', table_schema) AS name FROM information_schema.tables WHERE table_name = 'outbox'`,
      )
      let waiting = 0
      const parts: string[] = []
      for (const { name } of schemas) {
        const { rows } = await client.query<{ last: string; events: number }>(
          `SELECT coalesce(max(id), 0) AS last, coalesce(sum(events), 0)::int AS events FROM ${name}`,
        )
        const [outbox] = rows
        waiting += outbox?.events ?? 0
        parts.push(`EXISTS (SELECT 1 FROM ${name} WHERE id <= ${outbox?.last ?? '0'})`)
      }
      const startedAt = performance.now()
      const tookMs = () => performance.now() - startedAt
      const query = `SELECT ${parts.join(' OR ')} AS left`
      const isLeft = async () =>
        (await client.query<{ left: boolean }>(query)).rows[0]?.left !== false
      let isDrained = !(await isLeft())
      while (!isDrained && !this.over && tookMs() < drainTimeoutMs) {
        await this.pause(100)
        isDrained = !(await isLeft())
      }
      const took_ms = isDrained ? Math.round(tookMs()) : null
      this.#options.history.write({ event: 'drained', waiting, took_ms })
    } finally {
      await client.end()
    }
  }

  /** The file reads otherwise for a while. */
  async configure(change: (text: string) => string, forMs: number): Promise<void> {
    const file = this.#options.configuration
    const before = readFileSync(file, 'utf8')
    this.#write('toxic', 'configuration', '')
    writeFileSync(file, change(before))
    await this.pause(forMs)
    writeFileSync(file, before)
    await this.pause(forMs)
    this.#write('heal', 'configuration', '')
  }

  /** Ends early when the run does. */
  async pause(ms: number): Promise<void> {
    await sleep(ms, null, { signal: this.#options.signal }).catch(() => undefined)
  }

  async #untilCalm(): Promise<void> {
    const deadline = performance.now() + longestRoundMs
    await this.pause(calmMs)
    while (!this.over && !this.#options.pulses.areNormal(calmMs) && performance.now() < deadline)
      await this.pause(100)
  }

  #wrote(what: RecordOf<'fault'>['what'], { service, replica, pid }: RunningProcess): void {
    this.#write(what, service, `${String(replica)} pid ${String(pid)}`)
  }

  #write(what: RecordOf<'fault'>['what'], target: string, detail: string): void {
    const [round, hurried] = [this.#round, this.#hurried]
    this.#options.history.write({ event: 'fault', round, hurried, what, target, detail })
  }
}

/** False when the first of them is gone: an earlier round was faster. */
function send(pids: readonly number[], signal: NodeJS.Signals): boolean {
  const sent = pids.map((pid) => {
    try {
      return process.kill(pid, signal)
    } catch {
      return false
    }
  })
  return sent[0] ?? false
}

/** Postgres works in processes of its own. Linux tells; elsewhere they go on while their parent stands still. */
function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
    return list
      .split(' ')
      .filter((text) => text !== '')
      .map(Number)
  } catch {
    return []
  }
}
