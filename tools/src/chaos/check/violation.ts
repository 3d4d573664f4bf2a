/** The invariants, by their numbers in `docs/guarantees.md`. */
export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | 'I10'
  | 'I11'
  | 'I12'
  | 'I13'
  | 'I14'
  | 'R8'

/** What a violation counts as in the table of a run. */
export type Harm = 'lost' | 'double bill' | 'missing bill' | 'gap' | 'duplicate' | 'mix' | 'other'

export interface Violation {
  readonly invariant: Invariant
  readonly harm: Harm
  /** Generation, call or process. */
  readonly id: string
  readonly evidence: string
}

export type Report = (invariant: Invariant, id: string, evidence: string, harm?: Harm) => void
