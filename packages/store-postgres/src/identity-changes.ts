import type { EventLog } from '@sluice/event-log'
import { type IdentityFact, identityEvents, identityTopics } from '@sluice/store/identity-facts'
import type { OutboxBatch } from '@sluice/store/outbox'
import { actAs, actAsValues } from './acting-as.ts'
import type { As, Database, Transaction } from './database.ts'
import { raiseRevision } from './identity-revision.ts'
import { PostgresOutbox } from './postgres-outbox.ts'

/** Raises the revision, and has the facts told that it is about; returns the new one. The last step: it holds up everybody who makes another change. */
export type Tell = (...facts: readonly IdentityFact[]) => Promise<number>

const service = { service: 'auth' } as const

/** The one way by which identity is changed: what changed, its revision and the facts that tell of it are one transaction. */
export class IdentityChanges {
  readonly database: Database
  readonly outbox: PostgresOutbox

  constructor(database: Database, events?: EventLog) {
    this.database = database
    this.outbox = new PostgresOutbox(database, 'auth', events)
  }

  async make<Result>(
    work: (transaction: Transaction, tell: Tell) => Promise<Result>,
    as: As,
  ): Promise<Result> {
    const direct = await this.outbox.directTopics(identityTopics)
    const made = await this.database.transaction(async (transaction) => {
      const told: OutboxBatch[] = []
      const result = await work(transaction, async (...facts) => {
        const revision = await raiseRevision(transaction)
        told.push(...identityEvents(facts, revision))
        return revision
      })
      const statements = await this.outbox.statementsOf(told, direct)
      // Neither outbox nor event log is any tenant's.
      if (statements.length > 0) await transaction.query(actAs, actAsValues(service))
      for (const { text, values } of statements) await transaction.query(text, values)
      return result
    }, as)
    this.outbox.wake(direct)
    return made
  }
}
