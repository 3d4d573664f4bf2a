import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '@sluice/kernel/errors'
import { codeOf, publishNew, replaceFile } from './durable-files.ts'
import { icebergErrors } from './errors.ts'
import { parseMetadata, type TableMetadata } from './metadata.ts'

/** The state of a table at one version. */
export interface TableVersion {
  readonly version: number
  readonly metadata: TableMetadata
}

export function metadataFile(folder: string, version: number): string {
  return join(folder, 'metadata', `v${String(version)}.metadata.json`)
}

function hintFile(folder: string): string {
  return join(folder, 'metadata', 'version-hint.text')
}

/**
 * The newest version, or null. The hint may lag behind (it is written after the version) or be missing; versions are never written over, so
 * one that is there is whole.
 */
export async function newestVersion(folder: string): Promise<number | null> {
  let version = await hintedVersion(folder)
  if (version === null || !(await exists(metadataFile(folder, version))))
    version = await listedVersion(folder)
  if (version === null) return null
  while (await exists(metadataFile(folder, version + 1))) version += 1
  return version
}

async function hintedVersion(folder: string): Promise<number | null> {
  const text = await readFile(hintFile(folder), 'utf8').catch(absent)
  return text !== null && /^\d+$/.test(text.trim()) ? Number(text) : null
}

async function listedVersion(folder: string): Promise<number | null> {
  const names = (await readdir(join(folder, 'metadata')).catch(absent)) ?? []
  const versions = names.flatMap((name) => /^v(\d+)\.metadata\.json$/.exec(name)?.[1] ?? [])
  return versions.length === 0 ? null : Math.max(...versions.map(Number))
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (error: unknown) => absent(error) !== null,
  )
}

/** Anything but "not there" is a failure. */
function absent(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

export async function readVersion(folder: string, version: number): Promise<TableVersion> {
  return { version, metadata: await readMetadata(metadataFile(folder, version)) }
}

/** Any metadata file, of whichever catalogue. */
export async function readMetadata(path: string): Promise<TableMetadata> {
  try {
    const metadata = parseMetadata(await readFile(path, 'utf8'))
    const format = metadata['format-version']
    if (format === 1 || format === 2) return metadata
    throw new TypeError(`format version ${String(format)}`)
  } catch (cause) {
    throw new GatewayError(icebergErrors.table_unreadable, `${path} cannot be read`, { cause })
  }
}

/** Makes `next` the newest version; false when somebody else has made one since. */
export async function publishVersion(folder: string, next: TableVersion): Promise<boolean> {
  const bytes = Buffer.from(JSON.stringify(next.metadata))
  if (!(await publishNew(metadataFile(folder, next.version), bytes))) return false
  await replaceFile(hintFile(folder), Buffer.from(String(next.version)))
  return true
}
