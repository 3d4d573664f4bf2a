import type { CallSummary } from '@sluice/wire/wire-format'

/** What a call asks for, and the body that travels on: the caller's own bytes, unless they had to be brought into the form of the route first. */
export interface Asked {
  readonly summary: CallSummary
  readonly body: Buffer
  readonly contentType: string
  /** What was lost on the way into the form of the route. */
  readonly adapted?: readonly string[]
}

/** Throws a 400 whose `param` is the field at fault. */
export type ReadCall = (body: Buffer, contentType: string) => Asked | Promise<Asked>

export const jsonType = 'application/json'
