import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string
  /** What went wrong can be read in it: it is not removed. */
  keep(): void
}

export async function temporaryFolder(name: string): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), `sluice-${name}-`))
  let kept = false
  return {
    path,
    keep() {
      kept = true
      process.stderr.write(`Logs are kept in ${path}\n`)
    },
    async [Symbol.asyncDispose]() {
      if (!kept) await rm(path, { recursive: true, force: true })
    },
  }
}
