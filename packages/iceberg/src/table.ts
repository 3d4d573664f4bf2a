import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { DataFile } from './data-file.ts'
import { syncFolder } from './durable-files.ts'
import { icebergErrors } from './errors.ts'
import { writeDataFiles } from './file-writer.ts'
import { newMetadata, schemaJson, type TableMetadata } from './metadata.ts'
import { allMatch, matches, type Predicate } from './predicate.ts'
import type { Row, Schema, TableDefinition } from './schema.ts'
import { type FileChange, stageSnapshot } from './stage-snapshot.ts'
import { ManifestCache, TableView } from './table-view.ts'
import { newestVersion, publishVersion, readVersion, type TableVersion } from './versions.ts'

export interface TableOptions {
  readonly clock: Clock
  /** Summary members that begin with it go on from snapshot to snapshot: what the table says of itself beside its rows. */
  readonly carried: string
}

export interface Rewritten {
  readonly removed: number
  readonly changed: number
}

const maxAttempts = 20
const keptVersions = 50

/**
 * An Iceberg v2 table in a folder, versions and hint as Hadoop's catalogue lays them out.
 *
 * A change is on the disk when its method resolves, whole; before that the table is what it was. Whatever dies when, files that nothing
 * refers to are all that is left of it (`removeOrphans`). Several processes may change a table: one that comes second makes its change anew.
 * Rows are removed by writing their files anew, so that there are no delete files to read.
 */
export class IcebergTable {
  readonly folder: string
  readonly #options: TableOptions
  readonly #cache = new ManifestCache()
  #known: TableVersion

  private constructor(folder: string, options: TableOptions, known: TableVersion) {
    this.folder = folder
    this.#options = options
    this.#known = known
  }

  /** Null when there is none. */
  static async open(path: string, options: TableOptions): Promise<IcebergTable | null> {
    const folder = resolve(path)
    const version = await newestVersion(folder)
    if (version === null) return null
    return new IcebergTable(folder, options, await readVersion(folder, version))
  }

  static async create(
    path: string,
    definition: TableDefinition,
    options: TableOptions,
  ): Promise<IcebergTable> {
    const folder = resolve(path)
    await mkdir(join(folder, 'metadata'), { recursive: true })
    const now = options.clock.now()
    const metadata = newMetadata(definition, { uuid: randomUUID(), location: folder, now })
    const first = { version: 1, metadata }
    if (!(await publishVersion(folder, first)))
      throw new GatewayError(icebergErrors.table_exists, `${folder} is a table already`)
    await syncFolder(folder)
    await syncFolder(dirname(folder))
    return new IcebergTable(folder, options, first)
  }

  /** As it is now. */
  async view(): Promise<TableView> {
    const newest = await newestVersion(this.folder)
    if (newest === null)
      throw new GatewayError(icebergErrors.table_missing, `${this.folder} is no table any more`)
    if (newest !== this.#known.version) this.#known = await readVersion(this.folder, newest)
    return this.#view()
  }

  #view(): TableView {
    return new TableView(this.#known.metadata, this.folder, this.#cache)
  }

  /** `summary` is asked with what the table says by then, and may refuse by throwing. */
  async append(
    rows: readonly Row[],
    summary: (base: TableView) => Readonly<Record<string, string>> = () => ({}),
  ): Promise<void> {
    const base = await this.view()
    const added = await writeDataFiles(this.folder, base.metadata, rows)
    try {
      await this.changeFiles((now) =>
        Promise.resolve({ operation: 'append', added, removed: [], summary: summary(now) }),
      )
    } catch (error) {
      if (GatewayError.is(error)) await this.discard(added)
      throw error
    }
  }

  /**
   * Changes rows that match: null removes the row, the same row leaves it. Rows that others add meanwhile are looked at, too; files whose every
   * row matches are not read when `change` is `'remove'`.
   */
  async rewrite(
    where: readonly Predicate[],
    change: 'remove' | ((row: Row) => Row | null),
  ): Promise<Rewritten> {
    let removed = 0
    let changed = 0
    for (;;) {
      const base = await this.view()
      let found = 0
      for (const live of await base.plan(where)) {
        const { file } = live
        if (change === 'remove' && allMatch(file, where, base.layout)) {
          found += 1
          if (await this.replace([file], [])) removed += file.records
          continue
        }
        const rows = await base.read(live)
        const left = rows.flatMap((row): Row[] => {
          if (!matches(row, where)) return [row]
          const next = change === 'remove' ? null : change(row)
          return next === null ? [] : [next]
        })
        const before = new Set(rows)
        const edited = left.filter((row) => !before.has(row)).length
        if (left.length === rows.length && edited === 0) continue
        found += 1
        const written = await writeDataFiles(this.folder, base.metadata, left)
        // Not there any more: somebody rewrote it, and the next round looks at what they made of it.
        if (!(await this.replace([file], written))) continue
        removed += rows.length - left.length
        changed += edited
      }
      if (found === 0) return { removed, changed }
    }
  }

  /** Puts files in the place of others; false, and nothing changed, when one of those is not there any more. */
  async replace(
    removed: readonly DataFile[],
    added: readonly DataFile[],
    operation: 'overwrite' | 'replace' = 'overwrite',
  ): Promise<boolean> {
    let isThere = true
    await this.changeFiles(async (base) => {
      const paths = new Set((await base.plan()).map(({ file }) => file.path))
      isThere = removed.every(({ path }) => paths.has(path))
      if (!isThere) return null
      const isDelete = operation === 'overwrite' && added.length === 0
      return { operation: isDelete ? 'delete' : operation, added, removed, summary: {} }
    })
    if (!isThere) await this.discard(added)
    return isThere
  }

  /** Adds the columns that are missing; what they are called. */
  async evolve(schema: Schema): Promise<readonly string[]> {
    let names: readonly string[] = []
    await this.change(async ({ metadata, layout }) => {
      const added = newFields(layout.schema, schema)
      names = added.map(({ name }) => name)
      if (added.length === 0) return null
      const schemaId = Math.max(...metadata.schemas.map((each) => each['schema-id'])) + 1
      const fields = [...layout.schema.fields, ...added]
      return {
        ...metadata,
        'current-schema-id': schemaId,
        schemas: [...metadata.schemas, schemaJson({ fields }, schemaId)],
        'last-column-id': Math.max(metadata['last-column-id'], ...added.map(({ id }) => id)),
      }
    })
    return names
  }

  async changeFiles(prepare: (base: TableView) => Promise<FileChange | null>): Promise<void> {
    const { clock, carried } = this.#options
    await this.change(async (base) => {
      const prepared = await prepare(base)
      const at = { folder: this.folder, now: clock.now(), carried }
      return prepared && stageSnapshot(base, prepared, at)
    })
  }

  /** Makes the next version of what `build` makes of the newest one, until nobody was quicker; null = no change. */
  async change(build: (base: TableView) => Promise<TableMetadata | null>): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const base = await this.view()
      const from = this.#known
      const built = await build(base)
      if (built === null) return
      const { metadata, dropped } = logged(from, built, this.#options.clock.now())
      const next = { version: from.version + 1, metadata }
      if (!(await publishVersion(this.folder, next))) continue
      this.#known = next
      // What stays after a crash here is an orphan.
      await Promise.all(dropped.map((path) => rm(base.locate(path), { force: true })))
      return
    }
    throw new GatewayError(icebergErrors.commit_conflict)
  }

  /** Files that were written for a change that did not come about. */
  async discard(files: readonly DataFile[]): Promise<void> {
    const view = this.#view()
    await Promise.all(files.map(({ path }) => rm(view.locate(path), { force: true })))
  }
}

function newFields(known: Schema, wanted: Schema): Schema['fields'] {
  return wanted.fields.filter((field) => {
    const same = known.fields.find(({ id, name }) => id === field.id || name === field.name)
    if (!same) {
      if (!field.required) return true
      const message = `${field.name} cannot be added: rows that are there have no value for it`
      throw new GatewayError(icebergErrors.schema_incompatible, message)
    }
    if (same.id === field.id && same.name === field.name && same.type === field.type) return false
    const message = `${field.name} (${String(field.id)}, ${field.type}) is ${same.name} (${String(same.id)}, ${same.type}) in the table`
    throw new GatewayError(icebergErrors.schema_incompatible, message)
  })
}

/** With the version before it in its log, and which versions' files are not listed any more. */
function logged(
  from: TableVersion,
  metadata: TableMetadata,
  now: number,
): { readonly metadata: TableMetadata; readonly dropped: readonly string[] } {
  const file = `${metadata.location}/metadata/v${String(from.version)}.metadata.json`
  const entry = { 'timestamp-ms': from.metadata['last-updated-ms'], 'metadata-file': file }
  const log = [...from.metadata['metadata-log'], entry]
  const updated = Math.max(now, metadata['last-updated-ms'])
  return {
    metadata: { ...metadata, 'last-updated-ms': updated, 'metadata-log': log.slice(-keptVersions) },
    dropped: log.slice(0, -keptVersions).map((each) => each['metadata-file']),
  }
}
