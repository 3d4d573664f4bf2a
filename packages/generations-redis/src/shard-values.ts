import type { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { Cursor, NewEntry } from '@sluice/contracts/generation/log-entry'
import type { RoutePlan } from '@sluice/contracts/generation/route-plan'
import type { RequestId } from '@sluice/contracts/ids'
import type { Admission, CallTarget, Claim, End } from '@sluice/generations'
import type { AnnouncedCall } from '@sluice/generations/provider-calls'
import type { ChargeReply } from './stored-charges.ts'
import type { RawEntry } from './stored-values.ts'

/** One letter of a reply; what each means is said by the function that gives it. */
export type Verdict = string

export interface AdmitReply {
  readonly verdict: Verdict
  /** With the verdict `j`: the generation that the call joins. */
  readonly joined: RequestId | null
  /** Null for a call without charges, and where it did not come to them. */
  readonly charged: ChargeReply | null
  /** With the verdicts `w` and `q`. */
  readonly noRoom?: { readonly ahead: number; readonly perSecond: number }
}

export interface AdmitItem {
  readonly admission: Admission
  /** It was accepted before, by a server that has lost it. */
  readonly repeated: boolean
}

export interface ClaimReply {
  readonly verdict: Verdict
  readonly claimed: Omit<Claim, 'id'> | null
  /** Provider calls of earlier holders. */
  readonly earlierCalls: readonly AnnouncedCall[]
  /** The body is under `bodyKey`. */
  readonly isBodyElsewhere: boolean
}

export interface RestoreReply {
  readonly verdict: Verdict
  /** With the verdict `o`: of the last entry that is there. */
  readonly seq: number
}

export interface AttemptItem {
  readonly id: RequestId
  readonly epoch: number
  readonly target: CallTarget
}

export interface AppendItem {
  readonly id: RequestId
  readonly epoch: number
  /** Of the first entry; null when the caller is not known as the writer. */
  readonly seq: number | null
  readonly entries: readonly NewEntry[]
}

export interface FinishItem {
  readonly id: RequestId
  readonly epoch: number
  readonly seq: number | null
  readonly last: NewEntry
  readonly end: End
}

export interface CancelReply {
  readonly verdict: Verdict
  /** With the verdict `?`: what the bill is written from. */
  readonly request: GenerationRequest | null
  readonly plan: RoutePlan | null
  readonly calls: readonly AnnouncedCall[]
}

export interface BuryItem {
  readonly id: RequestId
  readonly state: string
  readonly epoch: string
  readonly end: End
}

export interface ReadItem {
  readonly id: RequestId
  readonly after: Cursor | null
  readonly maxBytes: number
  /** What follows is to be pushed to this process. */
  readonly watch: boolean
}

export interface ReadReply {
  readonly verdict: Verdict
  readonly ended: boolean
  readonly more: boolean
  readonly entries: readonly RawEntry[]
}
