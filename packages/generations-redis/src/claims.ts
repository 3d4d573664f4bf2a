import type { RequestId } from '@sluice/contracts/ids'
import type { Claim, Revocation } from '@sluice/generations'
import type { AnnouncedCall } from '@sluice/generations/provider-calls'
import { TransientMap } from '@sluice/kernel/transient-map'
import type { Verdict } from './shard.ts'

/** What this process writes. */
export interface Writer {
  readonly id: RequestId
  readonly epoch: number
  /** Provider calls of earlier holders: the bill of this one names them too. */
  readonly earlierCalls: readonly AnnouncedCall[]
  /** Of the last entry that Redis confirmed. */
  seq: number
  /** A write that has no answer yet. */
  busy: Promise<Verdict> | null
  onRevoked: ((reason: Revocation) => void) | null
}

/** The claims of this process that have neither ended nor been lost. */
export class Claims {
  readonly #writers = new TransientMap<RequestId, Writer>()

  add(claim: Pick<Writer, 'id' | 'epoch' | 'earlierCalls' | 'onRevoked'>): void {
    this.#writers.set(claim.id, { ...claim, seq: 0, busy: null })
  }

  find({ id, epoch }: Pick<Claim, 'id' | 'epoch'>): Writer | null {
    const writer = this.#writers.get(id)
    return writer?.epoch === epoch ? writer : null
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
