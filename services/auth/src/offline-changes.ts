import { type IdentityChanged, identityChanged } from '@sluice/contracts/topics/identity-changed'
import type { NewEvent } from '@sluice/event-log'
import type { Outbox } from '@sluice/store/outbox'
import { identityEvent } from './identity-event.ts'

/**
 * Tells of changes that the command line made as `auth` would: by events of the same ids. They wait in an outbox, since nobody may run now who takes
 * them; running processes notice the change itself by the revision.
 */
export class OfflineChanges {
  readonly #outbox: Pick<Outbox, 'put'>
  readonly #events: NewEvent[] = []

  constructor(outbox: Pick<Outbox, 'put'>) {
    this.#outbox = outbox
  }

  readonly note = (change: IdentityChanged, tenant: string): void => {
    this.#events.push(identityEvent(change, tenant))
  }

  /** Stores what was noted: to be called also when a later step of the same work failed. */
  async tell(): Promise<void> {
    const events = this.#events.splice(0)
    if (events.length > 0) await this.#outbox.put([{ topic: identityChanged.name, events }])
  }
}
