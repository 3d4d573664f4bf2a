import type { Endpoint } from './load/protocol.ts'

/** `path`: works for each request while its caller waits. `behind`: what the gateway needs besides (ledger, database, broker). */
export type Role = 'path' | 'behind'

export interface Part {
  readonly name: string
  readonly role: Role
  readonly pids: readonly number[]
}

/** One way from the load generator to the upstream, running. */
export interface RunningSetup extends AsyncDisposable {
  /** What it is, with its version, for the report. */
  readonly title: string
  readonly endpoint: Endpoint
  /** The processes whose CPU counts; read again for each window, because processes may be replaced. None for the bare upstream. */
  parts(): readonly Part[]
  /** Where Redis listens, for the count of its calls. */
  readonly redisUrl?: string
}

export interface SetupContext {
  readonly upstreamPort: number
  /** For logs, configuration and data; removed with the run. */
  readonly dir: string
  /** Downloads that later runs use again. */
  readonly cacheDir: string
  /** V8 CPU profiles of Sluice's processes go there; null = none. */
  readonly profileDir: string | null
}

export interface Setup {
  readonly name: string
  /** Throws `Unavailable` when this machine cannot run it. */
  start(context: SetupContext): Promise<RunningSetup>
}

/** Why a set-up is left out: reported, not an error. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}
