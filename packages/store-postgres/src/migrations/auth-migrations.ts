import type { SchemaMigrations } from '../migrate.ts'
import { outboxTable } from './outbox-table.ts'
import { accountMigration } from './account-migration.ts'
import { auditMigration } from './audit-migration.ts'
import { erasureMigration, lakeErasureMigration } from './erasure-migration.ts'

export const authMigrations: SchemaMigrations = {
  schema: 'auth',
  wall: {
    tenantColumns: { tenants: 'id' },
    shared: { revision: 'SELECT, UPDATE', tiers: 'SELECT' },
    appendOnly: ['audit_log'],
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
    {
      id: 2,
      name: 'tenancy: policies of keys, groups, licences, limits',
      up: `
        ALTER TABLE auth.tenants
          ALTER COLUMN created_at DROP DEFAULT,
          ALTER COLUMN created_at TYPE bigint USING (extract(epoch FROM created_at) * 1000)::bigint,
          ALTER COLUMN created_at SET DEFAULT (extract(epoch FROM now()) * 1000)::bigint,
          ADD COLUMN name text NOT NULL DEFAULT '',
          ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
          ADD COLUMN tier text NOT NULL DEFAULT 'enterprise',
          ADD COLUMN features jsonb,
          ADD COLUMN licence_expires_at bigint,
          ADD COLUMN licence_token text;
        ALTER TABLE auth.projects
          ALTER COLUMN created_at DROP DEFAULT,
          ALTER COLUMN created_at TYPE bigint USING (extract(epoch FROM created_at) * 1000)::bigint,
          ALTER COLUMN created_at SET DEFAULT (extract(epoch FROM now()) * 1000)::bigint,
          ADD COLUMN name text NOT NULL DEFAULT '',
          ADD COLUMN models jsonb,
          ADD COLUMN members_only boolean NOT NULL DEFAULT false,
          ADD COLUMN disabled_at bigint;
        UPDATE auth.tenants SET name = id;
        UPDATE auth.projects SET name = id;
        -- Keys that are there already came from the configuration: they may do everything in their tenant.
        ALTER TABLE auth.keys
          ADD COLUMN user_id text,
          ADD COLUMN made_by text,
          ADD COLUMN prefix text NOT NULL DEFAULT '',
          ADD COLUMN policy jsonb NOT NULL DEFAULT '{"role": "owner", "platform": false, "scopes": null, "ipAllow": null, "maxBodyBytes": null, "limits": {"requestsPerMinute": null, "tokensPerMinute": null, "concurrency": null, "budget": null}}',
          ADD COLUMN last_used_at bigint;
        CREATE INDEX keys_of_tenant ON auth.keys (tenant_id, id COLLATE "C");
        CREATE TABLE auth.groups (
          tenant_id text NOT NULL REFERENCES auth.tenants (id) ON DELETE CASCADE,
          id text NOT NULL,
          name text NOT NULL,
          models jsonb NOT NULL,
          projects jsonb NOT NULL,
          created_at bigint NOT NULL,
          PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE auth.group_members (
          tenant_id text NOT NULL,
          group_id text NOT NULL,
          user_id text NOT NULL,
          PRIMARY KEY (tenant_id, group_id, user_id),
          FOREIGN KEY (tenant_id, group_id) REFERENCES auth.groups (tenant_id, id) ON DELETE CASCADE
        );
        CREATE INDEX group_members_by_user ON auth.group_members (tenant_id, user_id);
        -- "max" and "max_nano_usd" are what a window lets through, null = anything.
        CREATE TABLE auth.policies (
          tenant_id text NOT NULL REFERENCES auth.tenants (id) ON DELETE CASCADE,
          id text NOT NULL,
          name text NOT NULL,
          scope text NOT NULL,
          target text,
          metric text NOT NULL,
          time_window text,
          max bigint NOT NULL,
          models jsonb,
          created_at bigint NOT NULL,
          PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE auth.budgets (
          tenant_id text NOT NULL REFERENCES auth.tenants (id) ON DELETE CASCADE,
          id text NOT NULL,
          name text NOT NULL,
          scope text NOT NULL,
          target text,
          time_window text NOT NULL,
          max_nano_usd bigint,
          models jsonb,
          thresholds jsonb NOT NULL,
          created_at bigint NOT NULL,
          PRIMARY KEY (tenant_id, id)
        );
        CREATE TABLE auth.tiers (
          name text PRIMARY KEY,
          rank integer NOT NULL UNIQUE,
          features jsonb NOT NULL,
          limits jsonb NOT NULL,
          projects integer,
          container jsonb NOT NULL,
          weight integer NOT NULL
        );
        INSERT INTO auth.tiers (name, rank, features, limits, projects, container, weight) VALUES
          ('free', 1, '["USER_MANAGEMENT", "DASHBOARD", "PROJECT_MANAGEMENT", "LLM_CHAT", "LLM_EMBEDDINGS", "MODEL_MANAGEMENT", "PROMPTS", "API_KEYS", "FILES", "MEMORY", "AGENT_TRACING", "QUOTA_MANAGEMENT", "TOOLS", "REALTIME_API"]',
            '[{"metric": "requests", "window": "month", "max": 1000}]', 2,
            '{"memory": "512Mi", "cpu": "500m", "disk": "1Gi", "idleMinutes": 15}', 1),
          ('pro', 2, '["AGENT_ORCHESTRATION", "VECTOR_STORE", "RAG_PIPELINE", "RERANKER", "GUARDRAILS", "ALERTS", "MCP_SERVERS", "WEB_SEARCH", "BATCH_API", "SPEND_BUDGETS"]',
            '[{"metric": "requests", "window": "month", "max": 100000}]', NULL,
            '{"memory": "2Gi", "cpu": "2000m", "disk": "10Gi", "idleMinutes": 60}', 4),
          ('enterprise', 3, '["CONFIG_MANAGEMENT", "INFERENCE_MONITORING", "SUPPORT"]', '[]', NULL,
            '{"memory": "4Gi", "cpu": "4000m", "disk": "50Gi", "idleMinutes": null}', 16);
        -- Read by others by these names. A user is of one tenant.
        CREATE TABLE auth.user_licenses (
          user_id text PRIMARY KEY,
          tenant_id text NOT NULL REFERENCES auth.tenants (id) ON DELETE CASCADE,
          email text,
          license_type text NOT NULL REFERENCES auth.tiers (name),
          features jsonb,
          resource_limits jsonb,
          mcp_server_url text,
          expires_at bigint,
          created_at bigint NOT NULL,
          updated_at bigint NOT NULL
        );
        CREATE INDEX user_licenses_of_tenant ON auth.user_licenses (tenant_id, user_id COLLATE "C");`,
      down: `
        DROP TABLE auth.user_licenses;
        DROP TABLE auth.tiers;
        DROP TABLE auth.budgets;
        DROP TABLE auth.policies;
        DROP TABLE auth.group_members;
        DROP TABLE auth.groups;
        ALTER TABLE auth.keys DROP COLUMN user_id, DROP COLUMN made_by, DROP COLUMN prefix, DROP COLUMN policy, DROP COLUMN last_used_at;
        ALTER TABLE auth.projects
          DROP COLUMN name, DROP COLUMN models, DROP COLUMN members_only, DROP COLUMN disabled_at,
          ALTER COLUMN created_at DROP DEFAULT,
          ALTER COLUMN created_at TYPE timestamptz USING to_timestamp(created_at / 1000.0),
          ALTER COLUMN created_at SET DEFAULT now();
        ALTER TABLE auth.tenants
          DROP COLUMN name, DROP COLUMN status, DROP COLUMN tier, DROP COLUMN features, DROP COLUMN licence_expires_at, DROP COLUMN licence_token,
          ALTER COLUMN created_at DROP DEFAULT,
          ALTER COLUMN created_at TYPE timestamptz USING to_timestamp(created_at / 1000.0),
          ALTER COLUMN created_at SET DEFAULT now();`,
    },
    accountMigration,
    auditMigration,
    erasureMigration,
    {
      id: 6,
      name: 'outbox',
      up: outboxTable('auth'),
      down: `
        DROP TABLE auth.outbox;`,
    },
    lakeErasureMigration,
  ],
}
