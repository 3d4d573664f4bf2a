import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { LiveFile } from './data-file.ts'
import { writeDataFiles } from './file-writer.ts'
import type { SnapshotJson } from './metadata.ts'
import type { Row } from './schema.ts'
import type { IcebergTable } from './table.ts'
import type { TableView } from './table-view.ts'
import { metadataFile, newestVersion } from './versions.ts'

export interface CompactOptions {
  /** Size that files are brought to, compressed. */
  readonly targetBytes: number
  /** A partition with fewer small files is left alone. */
  readonly minFiles: number
}

/** Writes the small files of each partition as few sorted ones. What others add meanwhile stays as it is. */
export async function compact(
  table: IcebergTable,
  { targetBytes, minFiles }: CompactOptions,
): Promise<{ readonly before: number; readonly after: number }> {
  const view = await table.view()
  const files = await view.plan()
  const small = files.filter(({ file }) => file.bytes < targetBytes * 0.75)
  let after = files.length
  for (const partition of Map.groupBy(small, ({ file }) =>
    JSON.stringify(file.partition),
  ).values()) {
    for (const bin of bins(partition, targetBytes)) {
      if (bin.length < Math.max(2, minFiles)) continue
      const rows: Row[] = []
      for (const live of bin) rows.push(...(await view.read(live)))
      const written = await writeDataFiles(table.folder, view.metadata, rows)
      const old = bin.map(({ file }) => file)
      if (await table.replace(old, written, 'replace')) after += written.length - bin.length
    }
  }
  return { before: files.length, after }
}

/** Files that together make about one of the target size. */
function bins(files: readonly LiveFile[], targetBytes: number): LiveFile[][] {
  const all: LiveFile[][] = []
  let bytes = Infinity
  for (const live of files) {
    if (bytes + live.file.bytes > targetBytes) {
      all.push([])
      bytes = 0
    }
    all.at(-1)?.push(live)
    bytes += live.file.bytes
  }
  return all
}

export interface ExpireOptions {
  /** Unix ms: older snapshots go, but never the current one. */
  readonly olderThan: number
  /** Newest ones that stay, however old. */
  readonly keepLast: number
}

/** Drops snapshots, then the files that only they had. */
export async function expireSnapshots(
  table: IcebergTable,
  { olderThan, keepLast }: ExpireOptions,
): Promise<{ readonly snapshots: number; readonly files: number }> {
  let dropped: readonly SnapshotJson[] = []
  await table.change(async ({ metadata, snapshot }) => {
    const { snapshots } = metadata
    dropped = snapshots.filter(
      (each, i) =>
        each !== snapshot && each['timestamp-ms'] < olderThan && i < snapshots.length - keepLast,
    )
    if (dropped.length === 0) return null
    const gone = new Set(dropped.map((each) => each['snapshot-id']))
    const log = metadata['snapshot-log']
    // A log with a hole would say of a time that the table was what it was not.
    const lastHole = log.findLastIndex((each) => gone.has(each['snapshot-id']))
    return {
      ...metadata,
      snapshots: snapshots.filter((each) => !gone.has(each['snapshot-id'])),
      'snapshot-log': log.slice(lastHole + 1),
    }
  })
  if (dropped.length === 0) return { snapshots: 0, files: 0 }
  const view = await table.view()
  const kept = await referenced(view, view.metadata.snapshots)
  const gone = await referenced(view, dropped)
  const removed = [...gone].filter((path) => !kept.has(path))
  await Promise.all(removed.map((path) => rm(view.locate(path), { force: true })))
  return { snapshots: dropped.length, files: removed.length }
}

/** Every file that a snapshot needs: its list, manifests and data files. */
async function referenced(
  view: TableView,
  snapshots: readonly SnapshotJson[],
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>()
  for (const snapshot of snapshots) {
    paths.add(snapshot['manifest-list'])
    for (const manifest of await view.manifests(snapshot)) {
      if (paths.has(manifest.path)) continue
      paths.add(manifest.path)
      for (const { file } of await view.filesOf(manifest)) paths.add(file.path)
    }
  }
  return paths
}

/**
 * Removes files below the table that no version of it refers to and that were last written before `olderThan` (Unix ms): what a change that was
 * killed has left. A change under way has such files, too, so the time must lie before any that may still run.
 */
export async function removeOrphans(
  table: IcebergTable,
  { olderThan }: { readonly olderThan: number },
): Promise<number> {
  // Files first: what is listed after them is at least as new.
  const files = await filesBelow(table.folder)
  const view = await table.view()
  const { metadata } = view
  const known = new Set(
    [
      ...(await referenced(view, metadata.snapshots)),
      ...metadata['metadata-log'].map((each) => each['metadata-file']),
    ].map((path) => view.locate(path)),
  )
  const newest = await newestVersion(table.folder)
  known.add(join(table.folder, 'metadata', 'version-hint.text'))
  if (newest !== null) known.add(metadataFile(table.folder, newest))
  let removed = 0
  for (const path of files) {
    if (known.has(path)) continue
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }))
    if (mtimeMs >= olderThan) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
