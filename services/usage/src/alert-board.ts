import { alertFired, type AlertFired } from '@sluice/contracts/topics/alert-fired'
import type { EventLog, NewEvent } from '@sluice/event-log'
import { toEvent } from '@sluice/event-log/cloud-events'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { UsageStore } from '@sluice/store/usage-store'

export interface AlertContext {
  readonly store: UsageStore
  readonly events: EventLog
  readonly clock: Clock
  readonly logger: Logger
}

export interface Alert {
  /** `outbox_half_full`. */
  readonly name: string
  readonly isOn: boolean
  readonly severity: AlertFired['severity']
  readonly summary: string
  readonly values: Readonly<Record<string, number>>
}

/**
 * Tells of what an operator has to look at: once when it begins, once when it is over, by however many processes see it. Through the outbox; where
 * the database is what is away, straight into the event log.
 */
export class AlertBoard {
  readonly #context: AlertContext

  constructor(context: AlertContext) {
    this.#context = context
  }

  /** Never rejects: an alert that cannot be told is no reason to fail, and comes with the next look. */
  async turn(alert: Alert): Promise<void> {
    const { store, events, clock, logger } = this.#context
    const at = clock.now()
    const { name, isOn } = alert
    try {
      const isNews = await store.turnAlert({ name, isOn, at }, alertFired.name, (since) =>
        eventOf(alert, since, at),
      )
      if (isNews) logger[isOn ? 'error' : 'info']({ alert: name, ...alert.values }, alert.summary)
    } catch (thrown) {
      logger.warn({ alert: name, problem: messageOf(thrown) }, 'an alert could not be stored')
      if (isOn)
        await events.publish(alertFired.name, [eventOf(alert, at, at)]).catch(() => undefined)
    }
  }
}

function eventOf(
  { name, isOn, severity, summary, values }: Alert,
  since: number,
  at: number,
): NewEvent {
  const id = `${name}:${String(since)}`
  const state = isOn ? 'firing' : 'resolved'
  const fact: AlertFired = {
    id,
    alert: name,
    state,
    severity,
    summary,
    values: { ...values },
    since,
    occurred_at: at,
    schema_version: 1,
  }
  const context = { id: `${id}:${state}`, source: '/sluice/usage', subject: name, time: at }
  return toEvent(alertFired, fact, { ...context, tenant: '' })
}
