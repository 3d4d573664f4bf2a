import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Notices code inside a transaction that asks the database for a second connection: a deadlock on PGlite, and on Postgres once the pool is
 * used up. It fails at once on both, so that a test on either finds it.
 */
export class TransactionScope {
  readonly #current = new AsyncLocalStorage<{ open: boolean }>()

  assertOutside(): void {
    if (this.#current.getStore()?.open)
      throw new Error('inside a transaction: use the handle it gives, not the database')
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const scope = { open: true }
    try {
      return await this.#current.run(scope, work)
    } finally {
      scope.open = false
    }
  }
}
