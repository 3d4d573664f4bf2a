import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { sqlStateOf, type Transaction } from './database.ts'

/**
 * Who acts in a transaction. None of them can log in, owns anything, or passes row-level security by right (but the loader, which can only add to a
 * few tables, and exists in the embedded database alone).
 */
export const roles = {
  /** Sees the rows of the tenant that the setting `sluice.tenant` names. */
  tenant: 'sluice_tenant',
  /** Sees all rows: what serves every tenant (relay, archive, the reading of a credential). */
  service: 'sluice_service',
  /** COPY is refused where row-level security applies, so this one is exempt from it. */
  loader: 'sluice_loader',
  /**
   * Between the login and the others, NOINHERIT: the login may become one of them, and has nothing of theirs until it does. Were it a member
   * itself, every policy for the service would be a policy for the login.
   */
  login: 'sluice_login',
} as const

/** What somebody who may has to run once, where the login may not create roles. Roles are of the server, not of one database. */
export const rolesByHand = `CREATE ROLE ${roles.tenant} NOLOGIN; CREATE ROLE ${roles.service} NOLOGIN; CREATE ROLE ${roles.login} NOLOGIN NOINHERIT; GRANT ${roles.tenant}, ${roles.service} TO ${roles.login}; GRANT ${roles.login} TO <the user of DATABASE_URL>;`

// Names may appear meanwhile, made by a process that migrates another database of the server.
const createRoles = `
  DO $do$
  DECLARE
    made record;
  BEGIN
    FOR made IN SELECT * FROM (VALUES
      ('${roles.tenant}', 'NOLOGIN'), ('${roles.service}', 'NOLOGIN'), ('${roles.login}', 'NOLOGIN NOINHERIT')) AS wanted (name, kind)
    LOOP
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = made.name) THEN
        BEGIN
          EXECUTE format('CREATE ROLE %I %s', made.name, made.kind);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
      END IF;
    END LOOP;
    IF NOT (pg_has_role('${roles.login}', '${roles.tenant}', 'MEMBER') AND pg_has_role('${roles.login}', '${roles.service}', 'MEMBER')) THEN
      GRANT ${roles.tenant}, ${roles.service} TO ${roles.login};
    END IF;
    IF NOT pg_has_role(current_user, '${roles.login}', 'MEMBER') THEN
      EXECUTE format('GRANT ${roles.login} TO %I', current_user);
    END IF;
  END $do$`

const createLoader = `
  DO $do$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${roles.loader}') THEN
      CREATE ROLE ${roles.loader} NOLOGIN BYPASSRLS;
      -- What it copies arrives as a file of the engine's own, in its memory.
      GRANT pg_read_server_files TO ${roles.loader};
    END IF;
  END $do$`

/** Makes the roles where they are missing. Throws with what to do when the login may not. */
export async function ensureRoles(transaction: Transaction, embedded: boolean): Promise<void> {
  if (embedded) await transaction.script(createLoader)
  if (await canAct(transaction)) return
  try {
    await transaction.script(createRoles)
  } catch (thrown) {
    if (sqlStateOf(thrown) !== '42501') throw thrown
    throw new GatewayError(
      kernelErrors.invalid_configuration,
      `the database user may not create the roles that keep tenants apart; let an administrator run, once per server: ${rolesByHand}`,
      { cause: thrown },
    )
  }
}

async function canAct(transaction: Transaction): Promise<boolean> {
  const { rows } = await transaction.query<{ ready: boolean }>(
    `SELECT count(*) = 3 AND bool_and(pg_has_role(current_user, oid, 'MEMBER')) AS ready
     FROM pg_roles WHERE rolname IN ('${roles.tenant}', '${roles.service}', '${roles.login}')`,
  )
  return rows[0]?.ready ?? false
}
