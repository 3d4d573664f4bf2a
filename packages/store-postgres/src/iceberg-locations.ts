import { sqlStateOf } from './database.ts'
import { openPostgres } from './postgres-database.ts'

/** Nobody has made the catalogue yet. */
const undefinedTable = '42P01'

/** Where Iceberg's JDBC catalogue keeps which metadata of a table is the newest: in a database of its own, which is read here and never written. */
export async function openIcebergLocations(url: string) {
  const database = await openPostgres({ url, poolMax: 2 })
  return {
    async find(catalogue: string, namespace: string, table: string): Promise<string | null> {
      const text = `SELECT metadata_location FROM iceberg_tables
         WHERE catalog_name = $1 AND table_namespace = $2 AND table_name = $3`
      try {
        const names = [catalogue, namespace, table]
        const { rows } = await database.query<{ metadata_location: string }>(text, names)
        return rows[0]?.metadata_location ?? null
      } catch (error) {
        if (sqlStateOf(error) === undefinedTable) return null
        throw error
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}
