import type { ConsumeOptions, Job, Json, WorkQueue } from '@sluice/work-queue'

/** A bug an adapter could have, put around a sound one from outside. `caughtBy` is the case that must fail because of it. */
export interface PlantedFault {
  readonly name: string
  readonly caughtBy: string
  readonly plant: (queue: WorkQueue) => WorkQueue
}

export const plantedFaults: readonly PlantedFault[] = [
  {
    name: 'read-then-write-counts',
    caughtBy: 'gives each number once, however many count at once',
    plant: (queue) =>
      around(queue, {
        async count(name, windowMs, by = 1) {
          const { count, endsInMs } = await queue.count(name, windowMs, 0)
          await queue.count(name, windowMs, by)
          return { count: count + by, endsInMs }
        },
      }),
  },
  {
    name: 'window-slides',
    caughtBy: 'begins anew when the window of the first count has ended',
    plant: (queue) =>
      around(queue, {
        async count(name, windowMs, by) {
          return { ...(await queue.count(name, windowMs * 10, by)), endsInMs: windowMs / 2 }
        },
      }),
  },
  {
    name: 'looking-counts',
    caughtBy: 'looks at a count without counting',
    plant: (queue) =>
      around(queue, { count: (name, windowMs, by) => queue.count(name, windowMs, by || 1) }),
  },
  {
    name: 'drop-on-throw',
    caughtBy: 'delivers a job again when its handler throws',
    plant: (queue) =>
      around(queue, {
        consume: (name, options, handler) =>
          queue.consume(name, options, (job) => handler(job).catch(() => undefined)),
      }),
  },
  {
    name: 'ignore-groups',
    caughtBy: 'delivers every job once to each group, to one of its workers',
    plant: (queue) =>
      around(queue, {
        consume: (name, options, handler) =>
          queue.consume(name, { ...options, group: 'everyone' }, handler),
      }),
  },
  {
    name: 'share-references',
    caughtBy: 'hands over JSON: copies, with a Date as text',
    plant(queue) {
      const sent: Json[] = []
      return around(queue, {
        enqueue(name, payload, options) {
          sent.push(payload)
          return queue.enqueue(name, sent.length - 1, options)
        },
        consume: (name, options, handler) =>
          queue.consume(name, options, (job) =>
            handler({ ...job, payload: sent[Number(job.payload)] ?? null }),
          ),
      })
    },
  },
  {
    name: 'share-references-in-requests',
    caughtBy: 'asks and answers in JSON: copies, with a Date as text',
    plant(queue) {
      const responders = new Map<string, (payload: Json) => Promise<Json>>()
      return around(queue, {
        request: (method, payload) =>
          responders.get(method)?.(payload) ?? Promise.reject(new Error('no responder')),
        respond(method, handler) {
          responders.set(method, handler)
          return queue.respond(method, handler)
        },
      })
    },
  },
  {
    name: 'skip-dedupe',
    caughtBy: 'takes equal dedupe ids for one job, also when that job is finished',
    plant: (queue) =>
      around(queue, {
        enqueue: (name, payload) => queue.enqueue(name, payload),
      }),
  },
  {
    name: 'no-dead-letter',
    caughtBy: 'moves a job to the dead letters of its group after maxDeliveries',
    plant: (queue) =>
      around(queue, {
        consume: (name, options, handler) =>
          queue.consume(name, { ...options, maxDeliveries: Infinity }, handler),
      }),
  },
  {
    name: 'ack-before-handler',
    caughtBy: 'keeps a job until its handler has resolved',
    plant: (queue) =>
      around(queue, {
        consume: (name, options, handler) =>
          queue.consume(name, options, async (job) => {
            handler(job).catch(() => undefined) // the fault: nobody waits, nobody hears of it
          }),
      }),
  },
  {
    name: 'dispose-without-waiting',
    caughtBy:
      'waits for running handlers when a consumer is disposed, and leaves the rest to others',
    plant: (queue) =>
      around(queue, {
        async consume(name, options, handler) {
          const consumer = await queue.consume(name, options, handler)
          const stop = async () => {
            void consumer[Symbol.asyncDispose]() // the fault
          }
          return { [Symbol.asyncDispose]: stop }
        },
      }),
  },
]

type Operations = Pick<WorkQueue, 'enqueue' | 'consume' | 'request' | 'respond' | 'count'>

function around(queue: WorkQueue, faulty: Partial<Operations>): WorkQueue {
  return {
    adapter: queue.adapter,
    enqueue: (name, payload, options) => queue.enqueue(name, payload, options),
    consume: (name: string, options: ConsumeOptions, handler: (job: Job) => Promise<void>) =>
      queue.consume(name, options, handler),
    deadLetters: (name, group) => queue.deadLetters(name, group),
    depth: (name, group) => queue.depth(name, group),
    request: (method, payload, options) => queue.request(method, payload, options),
    respond: (method, handler) => queue.respond(method, handler),
    broadcast: (channel, message) => queue.broadcast(channel, message),
    onBroadcast: (channel, handler) => queue.onBroadcast(channel, handler),
    count: (name, windowMs, by) => queue.count(name, windowMs, by),
    ping: () => queue.ping(),
    [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose](),
    ...faulty,
  }
}
