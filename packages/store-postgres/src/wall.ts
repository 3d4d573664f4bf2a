import type { Transaction } from './database.ts'
import { roles } from './roles.ts'

/**
 * Row-level security on every table of a schema, the second wall between tenants. It is made from the catalogue of the database, not written
 * down per table: a table that a later step adds has it without anybody thinking of it, and one that says nothing about tenants is closed to them.
 */
export interface Wall {
  /** The column that names the tenant, of tables where it is not `tenant_id`. */
  readonly tenantColumns?: Readonly<Record<string, string>>
  /** Tables that hold nothing of a tenant, and what a tenant's transaction may do with them. */
  readonly shared?: Readonly<Record<string, string>>
  /** Rows are added and read, never changed or removed: no role may, and a trigger refuses it to the owner, too. */
  readonly appendOnly?: readonly string[]
  /** What the loader may do with tables (embedded database only). */
  readonly loader?: Readonly<Record<string, string>>
}

interface Relation {
  readonly name: string
  readonly is_view: boolean
  readonly columns: string
  readonly is_walled: boolean
}

/** Closes what is still open in the schema. Does nothing, and locks nothing, where nothing is. */
export async function raiseWall(
  transaction: Transaction,
  schema: string,
  wall: Wall = {},
): Promise<void> {
  const open = (await relations(transaction, schema)).filter(({ is_walled }) => !is_walled)
  if (open.length === 0) return
  const grant = `GRANT USAGE ON SCHEMA ${schema} TO ${roles.tenant}, ${roles.service};`
  await transaction.script(grant + open.map((each) => closing(schema, each, wall)).join('\n'))
  const added = open.filter(({ name }) => wall.appendOnly?.includes(name))
  if (added.length > 0) await transaction.script(refuseChanges(schema, added))
  const names = new Set(open.map(({ name }) => name))
  const loaded = Object.entries(wall.loader ?? {}).filter(([table]) => names.has(table))
  if (loaded.length > 0) await allowLoader(transaction, schema, loaded)
}

/**
 * Takes it away for as long as a transaction changes the tables: a step that moves data acts for the owner, to whom the wall applies as well, and a
 * policy holds on to its column.
 */
export async function lowerWall(transaction: Transaction, schema: string): Promise<void> {
  const tables = (await relations(transaction, schema)).filter(({ is_view }) => !is_view)
  const script = tables.map(
    ({ name }) => `
      DROP POLICY IF EXISTS of_tenant ON ${schema}.${name};
      DROP POLICY IF EXISTS of_service ON ${schema}.${name};
      ALTER TABLE ${schema}.${name} NO FORCE ROW LEVEL SECURITY;
      ALTER TABLE ${schema}.${name} DISABLE ROW LEVEL SECURITY;`,
  )
  if (script.length > 0) await transaction.script(script.join('\n'))
}

async function relations(transaction: Transaction, schema: string): Promise<readonly Relation[]> {
  const { rows } = await transaction.query<Relation>(
    `SELECT c.relname::text AS name, c.relkind = 'v' AS is_view,
       (SELECT string_agg(a.attname, ' ') FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns,
       CASE c.relkind WHEN 'v' THEN coalesce('security_invoker=true' = ANY (c.reloptions), false)
         ELSE c.relrowsecurity AND c.relforcerowsecurity END AS is_walled
     FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v') AND c.relname <> 'migrations'
     ORDER BY c.relname`,
    [schema],
  )
  return rows
}

function closing(schema: string, { name, is_view, columns }: Relation, wall: Wall): string {
  const table = `${schema}.${name}`
  const column = wall.tenantColumns?.[name] ?? 'tenant_id'
  const isTenants = columns.split(' ').includes(column)
  const all = wall.appendOnly?.includes(name) ? 'SELECT, INSERT' : 'SELECT, INSERT, UPDATE, DELETE'
  const ofTenant = isTenants ? all : wall.shared?.[name]
  // A view acts for whoever made it unless told otherwise, and that one may be a superuser.
  if (is_view) {
    const readers = isTenants ? `${roles.tenant}, ${roles.service}` : roles.service
    return `ALTER VIEW ${table} SET (security_invoker = true); GRANT SELECT ON ${table} TO ${readers};`
  }
  const close = `
    ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
    ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;
    REVOKE ALL ON ${table} FROM ${roles.tenant}, ${roles.service};
    CREATE POLICY of_service ON ${table} TO ${roles.service} USING (true);
    GRANT ${all} ON ${table} TO ${roles.service};`
  if (ofTenant === undefined) return close
  const rule = isTenants ? `${column} = current_setting('sluice.tenant', true)` : 'true'
  return `${close}
    CREATE POLICY of_tenant ON ${table} TO ${roles.tenant} USING (${rule});
    GRANT ${ofTenant} ON ${table} TO ${roles.tenant};`
}

/** What no grant can do: the owner may grant itself whatever it likes. */
function refuseChanges(schema: string, tables: readonly Relation[]): string {
  const refusal = `
    CREATE OR REPLACE FUNCTION ${schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
    BEGIN
      RAISE EXCEPTION 'rows of %.% can only be added', TG_TABLE_SCHEMA, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END $body$;`
  const triggers = tables.map(
    ({ name }) => `
    CREATE OR REPLACE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON ${schema}.${name}
      FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse_change();`,
  )
  return refusal + triggers.join('')
}

async function allowLoader(
  transaction: Transaction,
  schema: string,
  tables: readonly (readonly [table: string, what: string])[],
): Promise<void> {
  const { count } = await transaction.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [
    roles.loader,
  ])
  if (count === 0) return
  const grants = tables.map(
    ([table, what]) => `GRANT ${what} ON ${schema}.${table} TO ${roles.loader};`,
  )
  await transaction.script(`GRANT USAGE ON SCHEMA ${schema} TO ${roles.loader};${grants.join('')}`)
}
