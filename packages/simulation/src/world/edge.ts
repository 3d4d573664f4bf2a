import type { Server } from 'node:http'
import type { SimProcess } from '../core/sim-process.ts'
import type { Wire } from '../core/wire.ts'

export interface EdgeTarget {
  readonly process: SimProcess
  readonly server: Server
}

/** The load balancer: sends a connection to any ingress that listens, whether it is frozen or not. */
export class Edge {
  readonly wire: Wire
  readonly socketBufferBytes: number
  readonly #targets = new Set<EdgeTarget>()

  constructor(wire: Wire, socketBufferBytes: number) {
    this.wire = wire
    this.socketBufferBytes = socketBufferBytes
  }

  add(target: EdgeTarget): { remove(): void } {
    this.#targets.add(target)
    return { remove: () => this.#targets.delete(target) }
  }

  pick(): EdgeTarget | null {
    const open = [...this.#targets].filter(({ process }) => !process.dead)
    return open.length === 0 ? null : this.wire.random.pick(open)
  }
}
