import type { EventLog, NewEvent, StoredEvent } from '@sluice/event-log'

/** A bug an adapter could have, put around a sound one from outside. `caughtBy` is the case that must fail because of it. */
export interface PlantedFault {
  readonly name: string
  readonly caughtBy: string
  readonly plant: (log: EventLog) => EventLog
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'reorder',
    caughtBy: 'keeps events of one key in one partition, in the order they were published',
    plant: (log) =>
      around(log, {
        publish: (topic, events) => log.publish(topic, events.toReversed()),
      }),
  },
  {
    name: 'replay-gap',
    caughtBy: 'replays the same events from any kept offset, without a gap',
    plant: (log) =>
      around(log, {
        read: (topic, partition, offset, limit) =>
          log.read(topic, partition, offset > 0n ? offset + 1n : offset, limit),
      }),
  },
  {
    name: 'ignore-groups',
    caughtBy: 'gives every group every event, starting at the oldest',
    plant: (log) =>
      around(log, {
        subscribe: (topic, options, handler) =>
          log.subscribe(topic, { ...options, group: 'everyone' }, handler),
      }),
  },
  {
    name: 'advance-before-handler',
    caughtBy: 'does not advance the offset of a group before its handler resolved',
    plant: (log) =>
      around(log, {
        subscribe: (topic, options, handler) =>
          log.subscribe(topic, options, async (events) => {
            handler(events).catch(() => undefined) // the fault: nobody waits, nobody hears of it
          }),
      }),
  },
  {
    name: 'skip-failed-batch',
    caughtBy: 'gives a handler that throws the same batch again before anything later',
    plant: (log) =>
      around(log, {
        subscribe: (topic, options, handler) =>
          log.subscribe(topic, options, (events) => handler(events).catch(() => undefined)),
      }),
  },
  {
    name: 'every-member-gets-all',
    caughtBy: 'shares the events of a group among its members',
    plant(log) {
      let members = 0
      return around(log, {
        subscribe(topic, options, handler) {
          members += 1
          const group = `${options.group}-${String(members)}`
          return log.subscribe(topic, { ...options, group }, handler)
        },
      })
    },
  },
]

type Operations = Pick<EventLog, 'publish' | 'subscribe' | 'read'>

function around(log: EventLog, faulty: Partial<Operations>): EventLog {
  return {
    adapter: log.adapter,
    createTopics: (topics) => log.createTopics(topics),
    publish: (topic: string, events: readonly NewEvent[]) => log.publish(topic, events),
    subscribe: (topic, options, handler: (events: readonly StoredEvent[]) => Promise<void>) =>
      log.subscribe(topic, options, handler),
    read: (topic, partition, offset, limit) => log.read(topic, partition, offset, limit),
    rewrite: (topic, change) => log.rewrite(topic, change),
    ping: () => log.ping(),
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
    ...faulty,
  }
}
