import type { PersonalCall, Person } from '@sluice/contracts/rpc/personal-data'
import type { RequestId } from '@sluice/contracts/ids'

/** The bills of one person, for them to have and to be forgotten. */
export interface PersonalCalls {
  /** In order of their ids, from beyond `after`. */
  list(
    person: Person,
    page: { readonly after: RequestId | null; readonly limit: number },
  ): Promise<readonly Omit<PersonalCall, 'answer'>[]>
  /** Returns how many bills had the name. Sums and rows change together. */
  rename(person: Person, pseudonym: string): Promise<number>
  /** Removes the archived content of these calls. Returns how many had one. */
  forget(tenantId: string, ids: readonly RequestId[]): Promise<number>
}
