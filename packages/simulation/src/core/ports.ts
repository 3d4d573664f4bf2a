import type { EventLog } from '@sluice/event-log'
import { GatewayError } from '@sluice/kernel/errors'
import type { ArchiveStore } from '@sluice/store/archive-store'
import type { AuthStore } from '@sluice/store/auth-store'
import type { UsageStore } from '@sluice/store/usage-store'
import type { WorkQueue } from '@sluice/work-queue'
import { workQueueErrors } from '@sluice/work-queue/errors'
import type { SimProcess } from './sim-process.ts'
import type { BackEnd, Wire } from './wire.ts'

/* What one process holds of the shared back ends, but for `Generations`: every method of these goes over the wire. */

const breaks = { failsWithProcess: true }
const isForgotten = { failsWithProcess: false }

export function simWorkQueue(shared: WorkQueue, process: SimProcess, wire: Wire): WorkQueue {
  const call = <Reply>(label: string, effect: () => Promise<Reply>) =>
    wire.call(process, 'queue', label, effect)
  return {
    adapter: shared.adapter,
    enqueue: (queue, payload, options) =>
      call(`enqueue ${queue}`, () => shared.enqueue(queue, payload, options)),
    consume: (queue, options, handler) =>
      taking(process, () =>
        shared.consume(queue, options, (job) =>
          wire.deliver(process, `job ${queue} ${job.id}`, () => handler(job), breaks),
        ),
      ),
    deadLetters: (queue, group) =>
      call(`dead letters of ${queue}`, () => shared.deadLetters(queue, group)),
    depth: (queue, group) => call(`depth of ${queue}`, () => shared.depth(queue, group)),
    request(method, payload, options) {
      const { promise, resolve, reject } =
        Promise.withResolvers<Awaited<ReturnType<WorkQueue['request']>>>()
      // The caller's own time, whatever became of the question.
      const timer = process.clock.after(options.timeoutMs, () => {
        reject(new GatewayError(workQueueErrors.no_answer, `${method} was not answered`))
      })
      call(`request ${method}`, () => shared.request(method, payload, options))
        .then(resolve, reject)
        .finally(() => {
          timer.cancel()
        })
        .catch(reject)
      return promise
    },
    respond: (method, handler) =>
      taking(process, () =>
        shared.respond(method, (payload) =>
          wire.deliver(process, `request ${method}`, () => handler(payload), isForgotten),
        ),
      ),
    broadcast: (channel, message) =>
      call(`broadcast ${channel}`, () => shared.broadcast(channel, message)),
    onBroadcast: (channel, handler) =>
      taking(process, () =>
        shared.onBroadcast(channel, (message) => {
          if (wire.strikes(wire.faults.lostBroadcast)) return
          const heard = async () => {
            handler(message)
          }
          void wire.deliver(process, `broadcast ${channel}`, heard, isForgotten)
        }),
      ),
    count: (name, windowMs, by) => call(`count ${name}`, () => shared.count(name, windowMs, by)),
    ping: () => call('ping', () => shared.ping()),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

export function simEventLog(shared: EventLog, process: SimProcess, wire: Wire): EventLog {
  const call = <Reply>(label: string, effect: () => Promise<Reply>) =>
    wire.call(process, 'events', label, effect)
  return {
    adapter: shared.adapter,
    createTopics: (topics) => call('create topics', () => shared.createTopics(topics)),
    publish: (topic, events) =>
      call(`publish ${String(events.length)} to ${topic}`, () => shared.publish(topic, events)),
    subscribe: (topic, options, handler) =>
      taking(process, () =>
        shared.subscribe(topic, options, (events) =>
          wire.deliver(process, `events of ${topic}`, () => handler(events), breaks),
        ),
      ),
    read: (topic, partition, offset, limit) =>
      call(`read ${topic}`, () => shared.read(topic, partition, offset, limit)),
    rewrite: (topic, change) => call(`rewrite ${topic}`, () => shared.rewrite(topic, change)),
    ping: () => call('ping', () => shared.ping()),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

export function simUsageStore(shared: UsageStore, process: SimProcess, wire: Wire): UsageStore {
  const own = remote(shared, process, wire, 'database')
  return new Proxy(own, {
    get(target, name) {
      // Its rows are held by a connection, which breaks with the process.
      if (name !== 'relay') return Reflect.get(target, name) as unknown
      const relay: UsageStore['relay'] = (topic, options, publish) =>
        wire.call(process, 'database', 'relay', () =>
          shared.relay(topic, options, (events) =>
            wire.deliver(process, 'outbox batch', () => publish(events), breaks),
          ),
        )
      return relay
    },
  })
}

export function simAuthStore(shared: AuthStore, process: SimProcess, wire: Wire): AuthStore {
  return remote(shared, process, wire, 'database')
}

export function simArchiveStore(
  shared: ArchiveStore,
  process: SimProcess,
  wire: Wire,
): ArchiveStore {
  return remote(shared, process, wire, 'database')
}

/** A back end whose every method is a call with plain arguments. */
function remote<Target extends object>(
  shared: Target,
  process: SimProcess,
  wire: Wire,
  backEnd: BackEnd,
): Target {
  return new Proxy(shared, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...args: unknown[]) =>
        wire.call(
          process,
          backEnd,
          String(name),
          async () => (await Reflect.apply(method, target, args)) as unknown,
        )
    },
  })
}

/** Ends with the process as well as by itself. */
export async function taking(
  process: SimProcess,
  start: () => Promise<AsyncDisposable>,
): Promise<AsyncDisposable> {
  // What a process still says after its death is not heard.
  if (process.dead) return new Promise(() => undefined)
  const taken = await start()
  const end = () => taken[Symbol.asyncDispose]()
  const death = process.onDeath(() => void end())
  return {
    async [Symbol.asyncDispose]() {
      await end()
      death.cancel()
    },
  }
}
