import { describe, expect, test } from '@jest/globals'

/** One promise of a port, tried on a real adapter. */
export interface StoreCase<Store> {
  readonly title: string
  readonly run: (store: Store) => Promise<void>
}

export interface StoreContract<Store> {
  readonly name: string
  /** An empty store; stores of one suite may share a database that is emptied between cases. */
  readonly create: () => Promise<Store>
}

export function runStoreCases<Store>(
  port: string,
  cases: readonly StoreCase<Store>[],
  { name, create }: StoreContract<Store>,
): void {
  describe(`${port} contract: ${name}`, () => {
    for (const { title, run } of cases) {
      test(title, async () => {
        await run(await create())
      })
    }
  })
}

/** Deep equality that does not mind values from another realm, as those that cross a thread are under Jest. */
export function assertSame(actual: unknown, expected: unknown, message = ''): void {
  expect({ message, value: actual }).toEqual({ message, value: expected })
}
