import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LiveFile } from './data-file.ts'
import { codeOf } from './durable-files.ts'
import { localPath } from './local-path.ts'
import { decodeManifest, decodeManifestList, type Layout, type ManifestFile } from './manifest.ts'
import {
  currentSchema,
  currentSnapshot,
  partitionSpec,
  type SnapshotJson,
  type TableMetadata,
} from './metadata.ts'
import { readParquet } from './parquet-file.ts'
import { matches, mayMatch, type Predicate } from './predicate.ts'
import { fieldNamed, type Row } from './schema.ts'

export interface Scan {
  readonly where?: readonly Predicate[]
  /** All unless given. */
  readonly columns?: readonly string[]
}

/** Manifests never change: those that were read are kept, so that a scan or commit reads new ones only. */
export class ManifestCache {
  readonly #files = new Map<string, readonly LiveFile[]>()

  get(path: string): readonly LiveFile[] | undefined {
    return this.#files.get(path)
  }

  set(path: string, files: readonly LiveFile[]): void {
    if (this.#files.size >= 500) this.#files.clear()
    this.#files.set(path, files)
  }
}

/** A table as one version of its metadata says it is: what is read by it does not change, for as long as its files are kept. */
export class TableView {
  readonly metadata: TableMetadata
  readonly #folder: string
  readonly #cache: ManifestCache

  /** `folder` is where the table is now, wherever its metadata says that it was made. */
  constructor(metadata: TableMetadata, folder: string, cache = new ManifestCache()) {
    this.metadata = metadata
    this.#folder = folder
    this.#cache = cache
  }

  get layout(): Layout {
    const specId = this.metadata['default-spec-id']
    return {
      schema: currentSchema(this.metadata),
      schemaId: this.metadata['current-schema-id'],
      partition: partitionSpec(this.metadata, specId),
      specId,
    }
  }

  get snapshot(): SnapshotJson | null {
    return currentSnapshot(this.metadata)
  }

  get summary(): Readonly<Record<string, string>> {
    return this.snapshot?.summary ?? {}
  }

  /** On this machine. */
  locate(path: string): string {
    const { location } = this.metadata
    if (path.startsWith(`${location}/`)) return join(this.#folder, path.slice(location.length + 1))
    return localPath(path)
  }

  async manifests(snapshot = this.snapshot): Promise<readonly ManifestFile[]> {
    if (!snapshot) return []
    return decodeManifestList(await readFile(this.locate(snapshot['manifest-list'])))
  }

  async filesOf(manifest: ManifestFile): Promise<readonly LiveFile[]> {
    const known = this.#cache.get(manifest.path)
    if (known) return known
    const partition = partitionSpec(this.metadata, manifest.specId)
    const bytes = await readFile(this.locate(manifest.path))
    const files = decodeManifest(bytes, { partition }, manifest)
    this.#cache.set(manifest.path, files)
    return files
  }

  /** The files that may have rows that match. */
  async plan(where: readonly Predicate[] = []): Promise<readonly LiveFile[]> {
    const { schema } = this.layout
    const files: LiveFile[] = []
    for (const manifest of await this.manifests()) {
      const layout = { schema, partition: partitionSpec(this.metadata, manifest.specId) }
      for (const live of await this.filesOf(manifest))
        if (mayMatch(live.file, where, layout)) files.push(live)
    }
    return files
  }

  /** All rows of one file that match. */
  async read({ file }: LiveFile, { where = [], columns }: Scan = {}): Promise<readonly Row[]> {
    const { schema } = this.layout
    const wanted = columns?.map((name) => fieldNamed(schema, name)) ?? schema.fields
    const tested = where.map(({ column }) => fieldNamed(schema, column))
    const rows = await readParquet(this.locate(file.path), [...new Set([...wanted, ...tested])])
    return where.length === 0 ? rows : rows.filter((row) => matches(row, where))
  }

  /** Row by row, file by file; rows may have columns beside those that were asked for. */
  async *rows(scan: Scan = {}): AsyncGenerator<Row> {
    for (const live of await this.plan(scan.where)) yield* await this.read(live, scan)
  }
}

/** A table of any catalogue, where the metadata says that it is. */
export function viewOf(metadata: TableMetadata, cache?: ManifestCache): TableView {
  return new TableView(metadata, localPath(metadata.location), cache)
}

/** Its files were removed since the version was read, by an expiry: a newer version has what it had. */
export function isGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT'
}
