import type { Program } from '../processes/program.ts'

export const serverNames = ['redis', 'postgres', 'kafka', 'iceberg-rest', 'model'] as const
export type ServerName = (typeof serverNames)[number]

/** Something that must be on the machine, and how people get it. */
export interface Requirement {
  readonly what: string
  readonly debianPackages: readonly string[]
}

export interface ServerPlan {
  readonly program: Program
  readonly url: string
  /** Where it serves those that come through a proxy, when it tells its clients its own address: that of the proxy then. */
  readonly behindProxy?: { readonly port: number; readonly proxyPort: number }
}

/** One kind of server that we can run as a local process. */
export interface ServerKind {
  readonly name: ServerName
  /** The environment variable that its URL goes by. */
  readonly variable: string
  readonly portCount: number
  /** What is not on this machine; empty = it can be started. */
  readonly missing: () => readonly Requirement[]
  /** Gets from package registries what `missing` does not cover, once per machine. */
  readonly fetch?: () => Promise<void>
  /**
   * Lays out `dir` for these ports: creates the data where there is none, keeps it where there is. Starting the returned program any number
   * of times serves the same data.
   */
  readonly prepare: (dir: string, ports: readonly number[]) => Promise<ServerPlan>
}
