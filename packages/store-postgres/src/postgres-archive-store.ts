import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { RequestId } from '@sluice/contracts/ids'
import type { ArchiveStore, StoredGeneration } from '@sluice/store/archive-store'
import type { As, Database } from './database.ts'
import { migrate } from './migrate.ts'
import { usageMigrations } from './migrations/usage-migrations.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const newline = Buffer.from('\n')

/** Part of the `usage` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresArchiveStore(database: Database): Promise<ArchiveStore> {
  await migrate(database, usageMigrations)
  return new PostgresArchiveStore(database)
}

/** Looked up by what an index has, which is below row-level security of one tenant; whoever asks compares the tenant with what is in it. */
const asUsage: As = { service: 'usage' }

/** Rows removed by one statement: bounds how long it holds them. */
const page = 200

interface BatchRow {
  readonly request_ids: string
  readonly content: Uint8Array
}

class PostgresArchiveStore implements ArchiveStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async put(storedAt: number, generations: readonly StoredGeneration[]): Promise<void> {
    if (generations.length === 0) return
    await this.#database.query(
      'INSERT INTO usage.archive_batches (stored_at, request_ids, content) VALUES ($1::bigint, $2::uuid[], $3::bytea)',
      [storedAt, generations.map(({ id }) => id), await encodeBatch(generations)],
      asUsage,
    )
  }

  async get(id: RequestId, since: number): Promise<Uint8Array | null> {
    const { rows } = await this.#database.query<BatchRow>(
      `SELECT array_to_string(request_ids, ' ') AS request_ids, content FROM usage.archive_batches
       WHERE request_ids @> ARRAY[$1::uuid] AND stored_at >= $2::bigint ORDER BY stored_at, id LIMIT 1`,
      [id, since],
      asUsage,
    )
    const [row] = rows
    return row ? decodeOne(row.content, row.request_ids.split(' ').indexOf(id)) : null
  }

  async visit(
    { from, to }: { readonly from: number; readonly to: number },
    show: (generations: readonly StoredGeneration[]) => Promise<void>,
  ): Promise<void> {
    let after = 0
    for (;;) {
      const { rows } = await this.#database.query<BatchRow & { id: number }>(
        `SELECT id, array_to_string(request_ids, ' ') AS request_ids, content FROM usage.archive_batches
         WHERE stored_at >= $1::bigint AND stored_at < $2::bigint AND id > $3::bigint ORDER BY id LIMIT 1`,
        [from, to, after],
        asUsage,
      )
      const [row] = rows
      if (!row) return
      after = row.id
      const contents = await decodeAll(row.content)
      const ids = row.request_ids.split(' ') as RequestId[]
      await show(contents.map((content, i) => ({ id: ids[i] as RequestId, content })))
    }
  }

  async trim({
    before,
    maxBytes,
  }: {
    readonly before: number
    readonly maxBytes: number
  }): Promise<void> {
    while ((await this.#removeBefore(before)) === page);
    const { rows } = await this.#database.query<{ bytes: number }>(
      'SELECT coalesce(sum(bytes), 0)::bigint AS bytes FROM usage.archive_batches',
      [],
      asUsage,
    )
    for (let excess = (rows[0]?.bytes ?? 0) - maxBytes; excess > 0;) {
      const freed = await this.#free(excess)
      if (freed === 0) return
      excess -= freed
    }
  }

  async missing(after: string, limit: number): Promise<readonly RequestId[]> {
    const { rows } = await this.#database.query<{ request_id: RequestId }>(
      `SELECT request_id FROM usage.customer_ledger l
       WHERE request_id > $1::uuid
         AND NOT EXISTS (SELECT 1 FROM usage.archive_batches a WHERE a.request_ids @> ARRAY[l.request_id])
       ORDER BY request_id LIMIT $2::integer`,
      [after, limit],
      asUsage,
    )
    return rows.map(({ request_id }) => request_id)
  }

  async #removeBefore(before: number): Promise<number> {
    const { count } = await this.#database.query(
      `DELETE FROM usage.archive_batches WHERE id IN (
         SELECT id FROM usage.archive_batches WHERE stored_at < $1::bigint
         ORDER BY stored_at, id LIMIT $2::integer FOR UPDATE SKIP LOCKED)`,
      [before, page],
      asUsage,
    )
    return count
  }

  /** Removes one page of the oldest, but no more than it takes to free `excess` bytes. */
  async #free(excess: number): Promise<number> {
    const { rows } = await this.#database.query<{ bytes: number }>(
      `DELETE FROM usage.archive_batches WHERE id IN (
         SELECT id FROM (
           SELECT id, sum(bytes) OVER (ORDER BY stored_at, id) - bytes AS freed_before
           FROM (SELECT id, stored_at, bytes FROM usage.archive_batches
                 ORDER BY stored_at, id LIMIT $2::integer) oldest) sums
         WHERE freed_before < $1::bigint)
       RETURNING bytes`,
      [excess, page],
      asUsage,
    )
    return rows.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

/** The lengths as a line of JSON, then the contents one after the other. */
export function encodeBatch(generations: readonly StoredGeneration[]): Promise<Buffer> {
  const lengths = JSON.stringify(generations.map(({ content }) => content.length))
  const contents = generations.map(({ content }) => content)
  return compress(Buffer.concat([Buffer.from(lengths), newline, ...contents]), fastest)
}

async function decodeOne(batch: Uint8Array, index: number): Promise<Uint8Array> {
  return (await decodeAll(batch))[index] ?? new Uint8Array()
}

export async function decodeAll(batch: Uint8Array): Promise<readonly Uint8Array[]> {
  const all = await decompress(batch)
  const end = all.indexOf(newline)
  // We wrote it.
  const lengths = JSON.parse(all.toString('utf8', 0, end)) as readonly number[]
  let at = end + 1
  return lengths.map((length) => all.subarray(at, (at += length)))
}
