import { accessSync, constants, globSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export function findOnPath(name: string): string | null {
  return findIn((process.env['PATH'] ?? '').split(delimiter), name)
}

/** Where Debian keeps the server programs of Postgres: off the PATH, one folder per version. The newest comes first. */
export function postgresFolders(): string[] {
  const version = (folder: string) => Number.parseFloat(folder.split('/').at(-2) ?? '0')
  return globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => version(b) - version(a))
}

export function findIn(folders: readonly string[], name: string): string | null {
  for (const folder of folders) {
    const file = join(folder, name)
    if (isProgram(file)) return file
  }
  return null
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false // not there, or not ours to run
  }
}
