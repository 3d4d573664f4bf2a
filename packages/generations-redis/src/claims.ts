import type { NewEntry } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { RequestId } from '@sluice/contracts/ids'
import type { Claim, End, Revocation } from '@sluice/generations'
import type { AnnouncedCall } from '@sluice/generations/provider-calls'
import { TransientMap } from '@sluice/kernel/transient-map'

/** What Redis confirmed not long ago. */
export interface Written {
  /** Of the first entry. */
  readonly seq: number
  readonly entries: readonly NewEntry[]
  /** With the terminal entry, the only one then. */
  readonly end: End | null
  /** Monotonic ms. */
  readonly at: number
}

/** What this process writes. */
export interface Writer {
  readonly id: RequestId
  readonly epoch: number
  readonly plan: RoutePlan
  /** Provider calls that were announced, those of earlier holders first. */
  readonly calls: AnnouncedCall[]
  /** How many of them are earlier holders': the bill of this one names them too. */
  readonly earlierCalls: number
  /** Written again when the server comes back without it. */
  written: Written[]
  /** The life of the server in which it last confirmed something. */
  run: string
  /** Of the last entry that Redis confirmed. */
  seq: number
  /** A write that has no answer yet. */
  busy: Promise<unknown> | null
  onRevoked: ((reason: Revocation) => void) | null
}

export type Write = Pick<Written, 'entries' | 'end'>

/** The claims of this process that have neither ended nor been lost. */
export class Claims {
  readonly #writers = new TransientMap<RequestId, Writer>()

  add(writer: Writer): void {
    this.#writers.set(writer.id, writer)
  }

  find({ id, epoch }: Pick<Claim, 'id' | 'epoch'>): Writer | null {
    const writer = this.#writers.get(id)
    return writer?.epoch === epoch ? writer : null
  }

  all(): readonly Writer[] {
    return this.#writers.values()
  }

  /** Those whose lease is to be renewed: a cancelled claim has one lease to come to its end. */
  *leases(): IterableIterator<Writer> {
    for (const writer of this.#writers.values()) if (writer.onRevoked !== null) yield writer
  }

  end({ id, epoch }: Pick<Writer, 'id' | 'epoch'>): void {
    if (this.#writers.get(id)?.epoch === epoch) this.#writers.delete(id)
  }

  epochOf(id: RequestId): number | null {
    return this.#writers.get(id)?.epoch ?? null
  }

  /** Tells the holder, once. A lost claim is forgotten; a cancelled one may still write its end. */
  revoke(claim: Pick<Writer, 'id' | 'epoch'>, reason: Revocation): void {
    const writer = this.find(claim)
    if (writer === null) return
    const { onRevoked } = writer
    writer.onRevoked = null
    if (reason === 'lost') this.end(writer)
    if (onRevoked !== null)
      queueMicrotask(() => {
        onRevoked(reason)
      })
  }
}
