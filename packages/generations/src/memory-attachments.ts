import type { RequestId } from '@sluice/contracts/ids'
import type { Clock } from '@sluice/kernel/clock'
import type { Attach, GenerationsTiming } from './generations.ts'

/** What became of the generation that a key names. `over`: no retry joins it. `replaceable`: the next call begins anew in its place. */
export type AttachedState = 'running' | 'complete' | 'replaceable' | 'over'

interface Attachment {
  readonly id: RequestId
  readonly attach: Pick<Attach, 'kind' | 'key' | 'bodyHash'>
  state: AttachedState
  /** The retry counts of the calls that it stands for. */
  readonly counts: number[]
  readonly expiresAt: number
}

export type Attaching =
  | { readonly kind: 'join'; readonly id: RequestId }
  | { readonly kind: 'mismatch' }
  /** `replaced`: its place is taken over. */
  | { readonly kind: 'new'; readonly replaced: Attachment | null }

/** Generations that one key of an SDK's retries names at most. Beyond it the oldest is forgotten: a retry of it is a new call. */
export const maxPerRetryKey = 64

/** Of each kind, in all: beyond it the oldest are forgotten. */
const maxPerKind = 100_000

/** Which calls are one generation: see `Attach`. */
export class MemoryAttachments {
  readonly #byKey = new Map<string, Attachment[]>()
  /** In the order in which they expire, since each kind has one window. */
  readonly #byId: Readonly<Record<Attach['kind'], Map<RequestId, Attachment>>> = {
    idempotency: new Map(),
    retry: new Map(),
  }
  readonly #clock: Clock
  readonly #windows: Readonly<Record<Attach['kind'], number>>

  constructor(clock: Clock, timing: GenerationsTiming) {
    this.#clock = clock
    this.#windows = { idempotency: timing.idempotencyMs, retry: timing.retryWindowMs }
  }

  /** What an admission is to do. Joining is done with it; a new generation has to be added once it is there. */
  find(attach: Attach): Attaching {
    this.sweep()
    const known = this.#byKey.get(attach.key) ?? []
    return attach.kind === 'idempotency' ? sameKey(attach, known) : sameCall(attach, known)
  }

  add(attach: Attach, id: RequestId, replaced: Attachment | null): void {
    const { kind, key, bodyHash, retryCount } = attach
    const counts = [...(replaced?.counts ?? []), retryCount]
    if (replaced !== null) this.#remove(replaced)
    const expiresAt = this.#clock.now() + this.#windows[kind]
    const attachment: Attachment = {
      id,
      attach: { kind, key, bodyHash },
      state: 'running',
      counts,
      expiresAt,
    }
    const known = this.#byKey.get(key)
    if (known === undefined) this.#byKey.set(key, [attachment])
    else known.push(attachment)
    this.#byId[kind].set(id, attachment)
    if (known !== undefined && known.length > maxPerRetryKey) this.#remove(known[0] as Attachment)
  }

  /** It will hardly come to an answer: an SDK's retry begins anew, and so does every call when nobody reads it. */
  cancelling(id: RequestId, isUnread: boolean): void {
    const attachment = this.#of(id)
    if (attachment?.state === 'running') attachment.state = isUnread ? 'replaceable' : 'over'
  }

  moved(id: RequestId, state: AttachedState): void {
    const attachment = this.#of(id)
    if (attachment !== undefined) attachment.state = state
  }

  /** There is nothing left to show. */
  gone(id: RequestId): void {
    const attachment = this.#of(id)
    if (attachment !== undefined) this.#remove(attachment)
  }

  delivered(id: RequestId): void {
    const attachment = this.#byId.retry.get(id)
    if (attachment !== undefined) this.#remove(attachment)
  }

  sweep(): void {
    const now = this.#clock.now()
    for (const line of Object.values(this.#byId))
      for (const oldest of line.values()) {
        if (oldest.expiresAt > now && line.size <= maxPerKind) break
        this.#remove(oldest)
      }
  }

  #of(id: RequestId): Attachment | undefined {
    return this.#byId.retry.get(id) ?? this.#byId.idempotency.get(id)
  }

  #remove(attachment: Attachment): void {
    const { kind, key } = attachment.attach
    const rest = this.#byKey.get(key)?.filter((other) => other !== attachment) ?? []
    if (rest.length > 0) this.#byKey.set(key, rest)
    else this.#byKey.delete(key)
    this.#byId[kind].delete(attachment.id)
  }
}

function sameKey({ bodyHash }: Attach, [known]: readonly Attachment[]): Attaching {
  if (known === undefined) return { kind: 'new', replaced: null }
  if (known.attach.bodyHash !== bodyHash) return { kind: 'mismatch' }
  if (known.state === 'replaceable') return { kind: 'new', replaced: known }
  return { kind: 'join', id: known.id }
}

function sameCall({ retryCount }: Attach, known: readonly Attachment[]): Attaching {
  const open = known.filter(({ counts }) => !counts.includes(retryCount))
  const failed = open.find(({ state }) => state === 'replaceable')
  if (failed !== undefined) return { kind: 'new', replaced: failed }
  const joined = open.find(({ state }) => state === 'running' || state === 'complete')
  if (joined === undefined) return { kind: 'new', replaced: null }
  joined.counts.push(retryCount)
  return { kind: 'join', id: joined.id }
}
