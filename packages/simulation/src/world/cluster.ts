import { type ServiceKind, serviceKinds } from '../core/settings.ts'
import { SimProcess } from '../core/sim-process.ts'
import { type SharedWorld, startService } from './start-service.ts'

/** One place in the cluster: a process, and the next one when it is gone. */
export class Node {
  readonly kind: ServiceKind
  readonly name: string
  process: SimProcess
  readonly #world: SharedWorld
  readonly #onThrown: (who: string, thrown: unknown) => void
  #incarnation = 0
  #service: AsyncDisposable | null = null
  /** Nobody brings it back before this. */
  #staysDownUntil = 0
  #draining = false

  constructor(
    kind: ServiceKind,
    index: number,
    world: SharedWorld,
    onThrown: (who: string, thrown: unknown) => void,
  ) {
    this.kind = kind
    this.name = `${kind}-${String(index)}`
    this.#world = world
    this.#onThrown = onThrown
    this.process = this.#newProcess()
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Rejects with what the start threw; a process that dies meanwhile never gets there. */
  async start(): Promise<void> {
    const { process } = this
    try {
      const service = await startService(this.kind, process, this.#world)
      if (this.process !== process || process.dead) return
      this.#service = service
      process.history.add(process.name, 'serves')
    } catch (error) {
      // A start that a missing back end made impossible: the supervisor tries again.
      process.history.add(process.name, `cannot start: ${String(error)}`)
      this.kill('cannot start', 1_000)
    }
  }

  /** The supervisor's look: what is gone comes back a second later. */
  supervise(): void {
    const { scheduler } = this.#world.wire
    if (!this.process.dead || scheduler.now < this.#staysDownUntil) return
    this.process = this.#newProcess()
    this.#service = null
    this.#draining = false
    void this.start()
  }

  kill(how: string, downForMs: number): void {
    this.#staysDownUntil = this.#world.wire.scheduler.now + downForMs
    this.process.die(how)
  }

  /** SIGTERM: drains, then exits. */
  terminate(): void {
    const { process } = this
    const service = this.#service
    if (service === null || process.dead || process.paused || this.#draining) return
    this.#draining = true
    process.history.add(process.name, 'is asked to end')
    service[Symbol.asyncDispose]().then(
      () => {
        this.kill('exits', 500)
      },
      (error: unknown) => {
        this.#onThrown(process.name, error)
        this.kill('fails to drain', 500)
      },
    )
  }

  #newProcess(): SimProcess {
    this.#incarnation += 1
    const name = `${this.name}.${String(this.#incarnation)}`
    const { wire } = this.#world
    return new SimProcess(name, wire.scheduler, wire.history, (thrown) => {
      this.#onThrown(name, thrown)
    })
  }
}

export function createNodes(
  world: SharedWorld,
  onThrown: (who: string, thrown: unknown) => void,
): Node[] {
  return serviceKinds.flatMap((kind) =>
    Array.from(
      { length: world.settings.replicas[kind] },
      (_, index) => new Node(kind, index, world, onThrown),
    ),
  )
}
