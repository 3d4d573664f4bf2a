import { join } from 'node:path'
import { mountSmallDisk, type SmallDisk } from '@sluice/testkit/small-disk'

/** More than a run writes, and not much of this machine's memory. */
const megabytes = 512

/** A disk of its own for each of these stores of a cluster, which can be filled without harm to anything else. */
export class Disks implements Disposable {
  readonly #stack = new DisposableStack()
  readonly byName: Readonly<Record<string, SmallDisk>>

  constructor(dir: string, stores: readonly string[]) {
    this.byName = Object.fromEntries(
      stores.map((store) => [store, this.#stack.use(mountSmallDisk(megabytes, join(dir, store)))]),
    )
  }

  [Symbol.dispose](): void {
    this.#stack.dispose()
  }
}
