import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { serverNames } from './server-kind.ts'

const ServerEntry = z.object({
  name: z.enum(serverNames),
  url: z.string(),
  /** Kept after `down`, so that the next `up` serves the same addresses. */
  ports: z.array(z.int()),
  /** Null when it does not run as a process of ours. */
  process: z.object({ pid: z.int(), startedAt: z.string() }).nullable(),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
  log: z.string().nullable(),
})
export type ServerEntry = z.infer<typeof ServerEntry>

/** `D/servers.json`: which servers a folder has. */
const ServersFile = z.object({
  servers: z.array(ServerEntry),
  /** The compose project, where a Docker engine runs some of them. */
  compose: z.string().nullable(),
})
export type ServersFile = z.infer<typeof ServersFile>

export function readServersFile(dir: string): ServersFile {
  let text: string
  try {
    text = readFileSync(join(dir, 'servers.json'), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { servers: [], compose: null }
  }
  return ServersFile.parse(JSON.parse(text))
}

export function writeServersFile(dir: string, file: ServersFile): void {
  const path = join(dir, 'servers.json')
  writeFileSync(`${path}.new`, `${JSON.stringify(file, null, 2)}\n`)
  renameSync(`${path}.new`, path)
}
