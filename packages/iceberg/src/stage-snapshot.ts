import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { GatewayError } from '@sluice/kernel/errors'
import type { DataFile, LiveFile } from './data-file.ts'
import { syncFolders, writeNew } from './durable-files.ts'
import { icebergErrors } from './errors.ts'
import {
  describeManifest,
  encodeManifest,
  encodeManifestList,
  type ManifestFile,
} from './manifest.ts'
import { type SnapshotJson, type TableMetadata, withSnapshot } from './metadata.ts'
import type { TableView } from './table-view.ts'

export type Operation = 'append' | 'overwrite' | 'replace' | 'delete'

export interface FileChange {
  readonly operation: Operation
  readonly added: readonly DataFile[]
  /** Of the files that are there. */
  readonly removed: readonly DataFile[]
  readonly summary: Readonly<Record<string, string>>
}

/** From so many on, small manifests become one: each commit makes one, and a reader reads them all. */
const mergeFrom = 16
const smallManifestFiles = 1_000

/** Writes manifests and list of the snapshot that the change makes of `base`, on the disk when it resolves. */
export async function stageSnapshot(
  base: TableView,
  change: FileChange,
  {
    folder,
    now,
    carried,
  }: { readonly folder: string; readonly now: number; readonly carried: string },
): Promise<TableMetadata> {
  const { metadata, layout } = base
  const id = randomBytes(6).readUIntBE(0, 6)
  const sequence = metadata['last-sequence-number'] + 1
  const as = { snapshotId: BigInt(id), sequence: BigInt(sequence), layout }
  const { kept, loose } = await split(base, change)
  const added = change.added.map((file): LiveFile => ({
    file,
    snapshotId: as.snapshotId,
    sequence: null,
    fileSequence: null,
  }))
  const written: string[] = []
  const write = async (name: string, bytes: Buffer): Promise<string> => {
    const path = join(folder, 'metadata', name)
    await writeNew(path, bytes)
    written.push(path)
    return `${metadata.location}/metadata/${name}`
  }
  const manifests = [...kept]
  const listed = [...loose, ...added]
  if (listed.length > 0) {
    const bytes = encodeManifest(listed, layout)
    const path = await write(`${randomUUID()}-m0.avro`, bytes)
    manifests.unshift(describeManifest(path, bytes.length, listed, as))
  }
  const parent = base.snapshot?.['snapshot-id']
  const parentId = parent === undefined ? null : BigInt(parent)
  const list = encodeManifestList(manifests, { id: as.snapshotId, parentId, sequence: as.sequence })
  const manifestList = await write(`snap-${String(id)}-1-${randomUUID()}.avro`, list)
  await syncFolders(written, folder)
  const snapshot: SnapshotJson = {
    'snapshot-id': id,
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': sequence,
    'timestamp-ms': Math.max(now, metadata['last-updated-ms']),
    'manifest-list': manifestList,
    summary: summarise(base, change, manifests, carried),
    'schema-id': layout.schemaId,
  }
  return withSnapshot(metadata, snapshot)
}

/** Manifests that stay as they are, and the files of those that are written anew. */
async function split(
  base: TableView,
  { removed }: FileChange,
): Promise<{ readonly kept: readonly ManifestFile[]; readonly loose: readonly LiveFile[] }> {
  const manifests = await base.manifests()
  if (manifests.some(({ specId }) => specId !== base.layout.specId)) {
    const message = 'files of several partition specs are read here, not written'
    throw new GatewayError(icebergErrors.schema_incompatible, message)
  }
  const gone = new Set(removed.map(({ path }) => path))
  const merges = manifests.filter((each) => sizeOf(each) < smallManifestFiles).length >= mergeFrom
  const kept: ManifestFile[] = []
  const loose: LiveFile[] = []
  for (const manifest of manifests) {
    const isMerged = merges && sizeOf(manifest) < smallManifestFiles
    if (gone.size === 0 && !isMerged) {
      kept.push(manifest)
      continue
    }
    const files = await base.filesOf(manifest)
    const left = files.filter(({ file }) => !gone.has(file.path))
    if (isMerged || left.length < files.length) loose.push(...left)
    else kept.push(manifest)
  }
  return { kept, loose }
}

function sizeOf({ addedFiles, existingFiles }: ManifestFile): number {
  return addedFiles + existingFiles
}

function summarise(
  base: TableView,
  { operation, added, removed, summary }: FileChange,
  manifests: readonly ManifestFile[],
  carried: string,
): Record<string, string> {
  const sum = (files: readonly DataFile[], of: (file: DataFile) => number) =>
    files.reduce((total, file) => total + of(file), 0)
  const records = ({ records: count }: DataFile) => count
  const bytes = ({ bytes: count }: DataFile) => count
  const before = Number(base.summary['total-files-size'] ?? 0)
  const rows = manifests.reduce((n, each) => n + each.addedRows + each.existingRows, 0n)
  const counts = {
    'added-data-files': added.length,
    'added-records': sum(added, records),
    'added-files-size': sum(added, bytes),
    'deleted-data-files': removed.length,
    'deleted-records': sum(removed, records),
    'removed-files-size': sum(removed, bytes),
    'total-records': rows,
    'total-data-files': manifests.reduce((n, each) => n + sizeOf(each), 0),
    'total-files-size': before + sum(added, bytes) - sum(removed, bytes),
    'total-delete-files': 0,
    'total-position-deletes': 0,
    'total-equality-deletes': 0,
  }
  const inherited = Object.entries(base.summary).filter(([name]) => name.startsWith(carried))
  return {
    operation,
    ...Object.fromEntries(inherited),
    ...Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    ...summary,
  }
}
