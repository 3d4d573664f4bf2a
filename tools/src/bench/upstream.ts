import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface Upstream extends AsyncDisposable {
  readonly port: number
}

/** The canned provider in a process of its own. `port` 0 = any. */
export async function startUpstream(port: number): Promise<Upstream> {
  const child = spawn(
    process.execPath,
    [
      '--conditions=@sluice/source',
      join(import.meta.dirname, 'upstream', 'main.ts'),
      String(port),
      'until-stdin-ends',
    ],
    // It ends with its standard input, so that it never outlives us.
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const exited = once(child, 'exit')
  const first = await Promise.race([once(child.stdout, 'data'), exited.then(() => null)])
  if (first === null) throw new Error('the upstream did not start')
  return {
    port: Number(String(first[0])),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exited
    },
  }
}
