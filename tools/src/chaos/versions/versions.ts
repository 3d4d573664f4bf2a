import { existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../../repository.ts'
import { serviceMain } from '../../services.ts'
import { otherVersion } from './next-version.ts'

/**
 * Two versions of the code, and which of them each process runs when it is started the next time: a link per process, which its restart
 * follows.
 */
export class Versions {
  readonly #links: string
  /** What runs first, and what it is replaced by: `next` stands for this work tree and a version ahead of it, else this is the later one. */
  readonly before: string
  readonly after: string

  constructor(dir: string, named: string) {
    this.#links = join(dir, 'versions')
    mkdirSync(this.#links, { recursive: true })
    const other = otherVersion(named, join(dir, 'other-version'))
    this.before = named === 'next' ? repository : other
    this.after = named === 'next' ? other : repository
  }

  /** The folder that the process is started from. */
  rootOf = (service: string, replica: number): string => {
    this.assign(service, replica, this.before)
    return this.#link(service, replica)
  }

  /** A service that the earlier version does not have yet runs from the later one throughout. */
  assign(service: string, replica: number, root: string): void {
    const link = this.#link(service, replica)
    const exists = existsSync(join(root, serviceMain(service)))
    symlinkSync(exists ? root : this.after, `${link}.new`)
    renameSync(`${link}.new`, link)
  }

  #link(service: string, replica: number): string {
    return join(this.#links, `${service}-${String(replica)}`)
  }
}
