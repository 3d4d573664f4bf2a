import type { GenerationsTiming } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'
import type { Logger } from '@sluice/kernel/logger'

export interface RedisGenerationsOptions {
  readonly url: string
  /** Default `sluice:`. */
  readonly keyPrefix?: string
  /** Hash tags the generations are spread over; the same number in every process. Default 1. */
  readonly shards?: number
  /** Names this process among all that use the same Redis; without blanks. */
  readonly instanceId: string
  /**
   * Entries are shown only once a replica has them (`WAIT 1`): what was delivered survives the loss of the server. The same in every process.
   * Default false.
   */
  readonly highlyAvailable?: boolean
  readonly clock: Clock
  readonly timing?: Partial<GenerationsTiming>
  /** `false`: claims run out after their lease, as if every holder were frozen. For tests. */
  readonly renewLeases?: boolean
  /** Gets what handlers throw and the changes of the connection's state; nothing else is logged. */
  readonly logger?: Logger
}

/** Bodies above this have a key of their own, bytes: Lua hashes what passes through it, which soon costs more than a command more. */
export const maxInlineBodyBytes = 4 * 1024

/** A server that does not answer within this is taken for frozen, ms. */
export const commandTimeoutMs = 2_000

/** How long the writer of a live claim repeats what Redis did not confirm: the generation is paid for already. */
export const writeRetryMs = 10_000

/** How long a replica may take to confirm a write, ms; shorter than `commandTimeoutMs`, since it is one command. */
export const replicaTimeoutMs = 1_000

/** How long a process keeps what it wrote, to write it again after a restart of the server that lost it, ms. */
export const keptMs = 5_000

/** What a process keeps so of each kind of step at most, bytes. */
export const maxKeptBytes = 64 * 1024 * 1024

/** How long a writer waits for the admission of its generation to be repeated, ms. */
export const restorePatienceMs = 3_000

/** How long after the start of a server nothing is taken from its queues, ms: what was in work before it is taken up again first. */
export const settlingMs = 2_000

/** How long a tail looks for a back end that is away before `next` throws. */
export const tailRetryMs = 10_000

/** A tail that heard nothing for this long looks into the log: pushes may get lost. */
export const tailSilenceMs = 3_000
