import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { RequestId } from '@sluice/contracts/ids'
import type { ArchiveStore, StoredGeneration } from '@sluice/store/archive-store'
import type { Database } from './database.ts'
import { migrate } from './migrate.ts'
import { usageMigrations } from './migrations/usage-migrations.ts'

/** Part of the `usage` schema on Postgres or PGlite. Brings the schema up to date first. */
export async function createPostgresArchiveStore(database: Database): Promise<ArchiveStore> {
  await migrate(database, usageMigrations)
  return new PostgresArchiveStore(database)
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** Rows removed by one statement: bounds how long it holds them. */
const page = 1_000

class PostgresArchiveStore implements ArchiveStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async put(generations: readonly StoredGeneration[]): Promise<void> {
    if (generations.length === 0) return
    // In order of the id, so that two processes with the same generations wait for each other instead of blocking each other.
    const ordered = generations.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const values = await Promise.all(
      ordered.map(async ({ id, storedAt, content }) => [
        id,
        storedAt,
        await compress(content, fastest),
      ]),
    )
    // One value per row, not arrays: an array of BYTEA would travel as text of twice its size.
    const rows = ordered.map((_, i) => {
      const at = i * 3
      return `($${String(at + 1)}::uuid, $${String(at + 2)}::bigint, $${String(at + 3)}::bytea)`
    })
    await this.#database.query(
      `INSERT INTO usage.generation_archive (request_id, stored_at, content) VALUES ${rows.join(', ')}
       ON CONFLICT (request_id) DO NOTHING`,
      values.flat(),
    )
  }

  async get(id: RequestId, since: number): Promise<Uint8Array | null> {
    const { rows } = await this.#database.query<{ content: Uint8Array }>(
      'SELECT content FROM usage.generation_archive WHERE request_id = $1::uuid AND stored_at >= $2::bigint',
      [id, since],
    )
    const content = rows[0]?.content
    return content ? decompress(content) : null
  }

  async trim({
    before,
    maxBytes,
  }: {
    readonly before: number
    readonly maxBytes: number
  }): Promise<number> {
    let removed = 0
    for (;;) {
      const { count } = await this.#removeOldest(before)
      removed += count
      if (count < page) break
    }
    const { rows } = await this.#database.query<{ bytes: number }>(
      'SELECT coalesce(sum(bytes), 0)::bigint AS bytes FROM usage.generation_archive',
    )
    let excess = (rows[0]?.bytes ?? 0) - maxBytes
    while (excess > 0) {
      const { freed, count } = await this.#removeExcess(excess)
      if (count === 0) break
      excess -= freed
      removed += count
    }
    return removed
  }

  async missing(after: string, limit: number): Promise<readonly RequestId[]> {
    const { rows } = await this.#database.query<{ request_id: RequestId }>(
      `SELECT request_id FROM usage.customer_ledger l
       WHERE request_id > $1::uuid
         AND NOT EXISTS (SELECT 1 FROM usage.generation_archive a WHERE a.request_id = l.request_id)
       ORDER BY request_id LIMIT $2::integer`,
      [after, limit],
    )
    return rows.map(({ request_id }) => request_id)
  }

  async #removeOldest(before: number): Promise<{ count: number }> {
    return this.#database.query(
      `DELETE FROM usage.generation_archive WHERE request_id IN (
         SELECT request_id FROM usage.generation_archive WHERE stored_at < $1::bigint
         ORDER BY stored_at LIMIT $2::integer FOR UPDATE SKIP LOCKED)`,
      [before, page],
    )
  }

  /** Removes one page of the oldest, but no more than it takes to free `excess` bytes. */
  async #removeExcess(excess: number): Promise<{ count: number; freed: number }> {
    const { rows } = await this.#database.query<{ bytes: number }>(
      `DELETE FROM usage.generation_archive WHERE request_id IN (
         SELECT request_id FROM (
           SELECT request_id, sum(bytes) OVER (ORDER BY stored_at, request_id) - bytes AS freed_before
           FROM (SELECT request_id, stored_at, bytes FROM usage.generation_archive
                 ORDER BY stored_at, request_id LIMIT $2::integer) oldest) sums
         WHERE freed_before < $1::bigint)
       RETURNING bytes`,
      [excess, page],
    )
    return { count: rows.length, freed: rows.reduce((sum, { bytes }) => sum + bytes, 0) }
  }
}
