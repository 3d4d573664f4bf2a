import type { Queryable } from './database.ts'

/** In the transaction that makes a change of identity, as its last step: it holds everybody up who makes another. */
export async function raiseRevision(transaction: Queryable): Promise<number> {
  const { rows } = await transaction.query<RevisionRow>(
    'UPDATE auth.revision SET value = value + 1 RETURNING value',
  )
  return onlyValue(rows)
}

export interface RevisionRow {
  readonly value: number
}

export function onlyValue([row]: readonly RevisionRow[]): number {
  if (!row) throw new Error('auth.revision has lost its row')
  return row.value
}
