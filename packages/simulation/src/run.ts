import { allTopics } from '@sluice/contracts/topics/all-topics'
import { createMemoryEventLog } from '@sluice/event-log/memory'
import { createMemoryGenerations } from '@sluice/generations/memory'
import { createLogger } from '@sluice/kernel/logger'
import { createMemoryArchiveStore } from '@sluice/store/memory-archive-store'
import { createMemoryAuthStore } from '@sluice/store/memory-auth-store'
import { createMemoryUsageStore } from '@sluice/store/memory-usage-store'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { Client } from './clients/client.ts'
import type { Exchange } from './clients/exchange.ts'
import { type Habit, habits } from './clients/habits.ts'
import { History } from './core/history.ts'
import { Random } from './core/random.ts'
import { Scheduler } from './core/scheduler.ts'
import { drawSettings, type Settings } from './core/settings.ts'
import { SimProcess } from './core/sim-process.ts'
import { Turns } from './core/turns.ts'
import { Wire } from './core/wire.ts'
import { Witness } from './core/witness.ts'
import { LookOut } from './invariants/look-out.ts'
import { checkRun } from './invariants/check-run.ts'
import { createNodes } from './world/cluster.ts'
import { Edge } from './world/edge.ts'
import { floodCalls } from './world/flood.ts'
import { SimProviders } from './world/provider.ts'
import type { SharedWorld } from './world/start-service.ts'
import { planTroubles } from './world/troubles.ts'

export interface RunOptions {
  readonly run: number
  /** Keeps the history and the services' own log lines. */
  readonly trace: boolean
}

export interface RunResult {
  readonly run: number
  /** Of the whole history: equal for equal runs. */
  readonly hash: string
  /** One line each, beginning with the id of the invariant. */
  readonly violations: readonly string[]
  readonly settings: Settings
  readonly lines: readonly string[]
  readonly facts: RunFacts
}

export interface RunFacts {
  readonly steps: number
  readonly virtualMs: number
  readonly exchanges: number
  readonly accepted: number
  readonly providerCalls: number
}

/** One cluster from its start to its rest, with everything that goes wrong in between; the same number is the same run. */
export async function simulate({ run, trace }: RunOptions): Promise<RunResult> {
  const random = new Random(`run ${String(run)}`)
  const settings = drawSettings(random.fork('settings'))
  const scheduler = new Scheduler(random.fork('order'))
  const history = new History(scheduler, trace)
  const wire = new Wire(scheduler, history, settings.faults, random.fork('wire'))
  const problems: string[] = []
  const backEnds = new SimProcess('back ends', scheduler, history, (thrown) => {
    problems.push(`I14: a back end threw ${String(thrown)}`)
  })
  const { clock } = backEnds
  const witness = new Witness(new Turns(settings.timing.sharedQueue))
  const usageStore = createMemoryUsageStore()
  const world: SharedWorld = {
    settings,
    wire,
    random,
    edge: new Edge(wire, settings.socketBufferBytes),
    providers: new SimProviders(random.fork('providers'), wire, history),
    generations: witness.watch(
      createMemoryGenerations({ clock, timing: settings.timing, renewLeases: false }),
      scheduler,
    ),
    queue: createMemoryWorkQueue({ clock }),
    events: createMemoryEventLog({ clock }),
    authStore: createMemoryAuthStore(),
    usageStore,
    archiveStore: createMemoryArchiveStore(usageStore),
    dispatchHandlers: [],
    log: trace ? (line) => void history.lines.push(line.trim()) : null,
    silence: createLogger({
      service: 'simulated',
      level: 'silent',
      destination: { write: () => undefined },
    }),
  }
  await world.events.createTopics(allTopics)
  const nodes = createNodes(world, (who, thrown) => {
    problems.push(`I14: ${who} threw ${String(thrown)}`)
  })
  const onUnhandled = (thrown: unknown) => {
    problems.push(
      `I14: unhandled: ${Error.isError(thrown) ? (thrown.stack ?? '') : String(thrown)}`,
    )
  }
  unhandled.add(onUnhandled)

  const exchanges: Exchange[] = []
  let open = 0
  for (const node of nodes) void node.start()
  await scheduler.run(() => false, 500)

  wire.troubled = true
  const clients = random.fork('clients')
  const context = {
    edge: world.edge,
    settings,
    record: (done: Exchange) => exchanges.push(done),
  }
  const begin = (client: Client, atMs: number, habit: string, behave: Habit) => {
    open += 1
    scheduler.after(atMs, () => {
      history.add(client.name, habit)
      behave(client)
        .catch((error: unknown) => {
          problems.push(`I14: client ${client.name} threw ${String(error)}`)
        })
        .finally(() => {
          open -= 1
        })
    })
  }
  for (let i = 0; i < settings.calls; i += 1) {
    const name = `c${String(i)}`
    const client = new Client(name, clients.fork(name), context)
    const [habit, behave] = client.random.pick(Object.entries(habits))
    begin(client, client.random.between(0, settings.activeMs), habit, behave)
  }
  if (settings.flood !== null) {
    const calls = floodCalls(settings.flood, random.fork('flood'), context)
    for (const { client, atMs } of calls) begin(client, atMs, 'patient', habits.patient)
  }
  planTroubles(random.fork('troubles'), settings, nodes, wire)
  const lookOut = new LookOut(world.generations, witness, settings.limits)
  const supervise = () => {
    for (const node of nodes) node.supervise()
    void lookOut.look()
    scheduler.after(250, supervise)
  }
  supervise()

  await scheduler.run(() => false, 500 + settings.activeMs)
  wire.troubled = false
  history.add('world', 'heals')
  const restLimit = scheduler.now + settings.deadlineMs * 4 + 120_000
  const atRest = new AtRest(world, () => open)
  await scheduler.run(() => atRest.reached(), restLimit)
  const found = await checkRun({
    settings,
    world,
    witness,
    ended: lookOut.ended,
    exchanges,
    openClients: open,
    endedAt: scheduler.now,
  })
  unhandled.delete(onUnhandled)
  for (const { process } of nodes) process.die('the run is over')
  return {
    run,
    hash: history.digest(),
    violations: [
      ...problems,
      ...witness.problems,
      ...witness.turns.problems,
      ...lookOut.problems,
      ...found,
    ],
    settings,
    lines: history.lines,
    facts: {
      steps: scheduler.steps,
      virtualMs: Math.round(scheduler.now),
      exchanges: exchanges.length,
      accepted: witness.accepted.size,
      providerCalls: world.providers.served.length,
    },
  }
}

/** Whoever runs simulations hands unhandled rejections and exceptions of the process to these. */
export const unhandled = new Set<(thrown: unknown) => void>()

/** Nothing is under way any more: no client waits, nothing runs, and every fact has reached the event log. */
class AtRest {
  readonly #world: SharedWorld
  readonly #openClients: () => number
  #asked = false
  #quiet = false

  constructor(world: SharedWorld, openClients: () => number) {
    this.#world = world
    this.#openClients = openClients
  }

  /** Asks in the background, twice a second: the answer is that of the last question. */
  reached(): boolean {
    if (this.#quiet) return true
    if (!this.#asked && this.#openClients() === 0) {
      this.#asked = true
      this.#world.wire.scheduler.after(500, () => void this.#ask())
    }
    return false
  }

  async #ask(): Promise<void> {
    const { generations, usageStore } = this.#world
    const { requests, dispatches, running, usage } = await generations.depths()
    const backlog = await usageStore.backlog()
    const waiting = Object.values(dispatches).reduce((sum, count) => sum + count, 0)
    this.#quiet = requests + waiting + running + usage + backlog === 0
    this.#asked = false
  }
}
