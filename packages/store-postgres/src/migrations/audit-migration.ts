import type { Migration } from '../migrate.ts'

export const auditMigration: Migration = {
  id: 4,
  name: 'audit log',
  up: `
    -- Only added to, by grant and by trigger (wall.ts). Times are Unix ms; before and after are JSON. tenant_id NULL: of no tenant.
    CREATE TABLE auth.audit_log (
      id text PRIMARY KEY,
      tenant_id text,
      key_id text,
      user_id text,
      role text,
      action text NOT NULL,
      target text NOT NULL,
      outcome text NOT NULL CHECK (outcome IN ('done', 'denied', 'failed')),
      before jsonb NOT NULL,
      after jsonb NOT NULL,
      address text NOT NULL,
      request_id text NOT NULL,
      at bigint NOT NULL
    );
    CREATE INDEX audit_log_newest ON auth.audit_log (tenant_id, at DESC, id DESC);`,
  down: `
    DROP TABLE auth.audit_log;`,
}
