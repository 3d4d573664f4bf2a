import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '@sluice/kernel/errors'
import { takeLock } from '@sluice/kernel/folder-lock'
import { lakeErrors } from './errors.ts'

/** A lake in a folder has one writer: this process, until disposed. Throws `lake_in_use` while another one lives. */
export function holdFolder(path: string): Disposable {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return takeLock(join(path, 'writer.lock'), (pid) => {
    const message = `${path} is written by process ${String(pid)}, and a lake in a folder has one writer`
    return new GatewayError(lakeErrors.lake_in_use, message)
  })
}
