import type { Migration } from '../migrate.ts'

export const erasureMigration: Migration = {
  id: 5,
  name: 'erasures',
  up: `
    -- Outlives the person: it says that there was one, and under what name the bills are. Times are Unix ms.
    CREATE TABLE auth.erasures (
      tenant_id text NOT NULL REFERENCES auth.tenants (id) ON DELETE CASCADE,
      user_id text NOT NULL,
      pseudonym text NOT NULL,
      requested_at bigint NOT NULL,
      finished_at bigint,
      responses integer NOT NULL DEFAULT 0,
      answers integer NOT NULL DEFAULT 0,
      keys integer NOT NULL DEFAULT 0,
      bills integer NOT NULL DEFAULT 0,
      PRIMARY KEY (tenant_id, user_id)
    );`,
  down: `
    DROP TABLE auth.erasures;`,
}

export const lakeErasureMigration: Migration = {
  id: 7,
  name: 'erasures wait for the lake',
  up: `
    -- Since when only the tables of a catalogue are missing, which others write, and which keys were the person's; null once they are done.
    ALTER TABLE auth.erasures ADD COLUMN lake_since bigint, ADD COLUMN lake_key_ids jsonb;`,
  down: `
    ALTER TABLE auth.erasures DROP COLUMN lake_since, DROP COLUMN lake_key_ids;`,
}
