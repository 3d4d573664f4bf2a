import type { SchemaMigrations } from '../migrate.ts'

export const authMigrations: SchemaMigrations = {
  schema: 'auth',
  wall: {
    tenantColumns: { tenants: 'id' },
    shared: { revision: 'SELECT, UPDATE', tiers: 'SELECT' },
  },
  migrations: [
    {
      id: 1,
      name: 'tenants, projects, keys',
      up: `
        CREATE TABLE auth.tenants (
          id text PRIMARY KEY,
          created_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE auth.projects (
          tenant_id text NOT NULL REFERENCES auth.tenants (id),
          id text NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (tenant_id, id)
        );
        -- Times are Unix ms; credential_hash is the SHA-256 of the whole credential, in hex.
        CREATE TABLE auth.keys (
          id text PRIMARY KEY,
          tenant_id text NOT NULL,
          project_id text NOT NULL,
          name text NOT NULL,
          credential_hash text NOT NULL CHECK (credential_hash ~ '^[0-9a-f]{64}$'),
          models jsonb,
          origin text NOT NULL CHECK (origin IN ('file', 'bootstrap', 'api')),
          created_at bigint NOT NULL,
          expires_at bigint,
          revoked_at bigint,
          FOREIGN KEY (tenant_id, project_id) REFERENCES auth.projects (tenant_id, id)
        );
        CREATE UNIQUE INDEX keys_live_credential ON auth.keys (credential_hash) WHERE revoked_at IS NULL;
        CREATE INDEX keys_credential ON auth.keys (credential_hash);
        -- One row: raised by every change of the tables above, in the transaction that makes it.
        CREATE TABLE auth.revision (
          single boolean PRIMARY KEY DEFAULT true CHECK (single),
          value bigint NOT NULL
        );
        INSERT INTO auth.revision (value) VALUES (0);`,
      down: `
        DROP TABLE auth.revision;
        DROP TABLE auth.keys;
        DROP TABLE auth.projects;
        DROP TABLE auth.tenants;`,
    },
  ],
}
