import type { SchemaMigrations } from '../migrate.ts'
import { outboxTable } from './outbox-table.ts'

export const routerMigrations: SchemaMigrations = {
  schema: 'router',
  migrations: [
    {
      id: 1,
      name: 'providers, models, aliases',
      up: `
        -- Rows as they were written; times are Unix ms. tenant_id '*' = everybody's.
        CREATE TABLE router.providers (
          tenant_id text NOT NULL,
          name text NOT NULL,
          "row" jsonb NOT NULL,
          -- The credential, encrypted, and what may be shown of it.
          sealed text,
          masked jsonb,
          -- Of a backend that registered itself.
          lease_ends_at bigint,
          updated_at bigint NOT NULL,
          PRIMARY KEY (tenant_id, name),
          CHECK ((sealed IS NULL) = (masked IS NULL))
        );
        CREATE INDEX providers_lease ON router.providers (lease_ends_at) WHERE lease_ends_at IS NOT NULL;
        CREATE TABLE router.models (
          tenant_id text NOT NULL,
          name text NOT NULL,
          "row" jsonb NOT NULL,
          updated_at bigint NOT NULL,
          PRIMARY KEY (tenant_id, name)
        );
        CREATE TABLE router.aliases (
          tenant_id text NOT NULL,
          name text NOT NULL,
          "row" jsonb NOT NULL,
          updated_at bigint NOT NULL,
          PRIMARY KEY (tenant_id, name)
        );
        -- One row: raised by every change of the tables above, in the transaction that makes it.
        CREATE TABLE router.revision (
          single boolean PRIMARY KEY DEFAULT true CHECK (single),
          value bigint NOT NULL
        );
        INSERT INTO router.revision (value) VALUES (0);`,
      down: `
        DROP TABLE router.revision;
        DROP TABLE router.aliases;
        DROP TABLE router.models;
        DROP TABLE router.providers;`,
    },
    {
      id: 2,
      name: 'outbox',
      up: outboxTable('router'),
      down: `
        DROP TABLE router.outbox;`,
    },
  ],
}
