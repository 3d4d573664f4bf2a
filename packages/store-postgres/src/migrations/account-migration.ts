import type { Migration } from '../migrate.ts'

/** Times are Unix ms; hashes are SHA-256 in hex, but that of a password, which is a PHC string. */
export const accountMigration: Migration = {
  id: 3,
  name: 'accounts, sessions, passkeys',
  up: `
    CREATE TABLE auth.users (
      id text PRIMARY KEY,
      tenant_id text NOT NULL REFERENCES auth.tenants (id) ON DELETE CASCADE,
      email text NOT NULL,
      name text NOT NULL,
      role text NOT NULL CHECK (role IN ('owner', 'admin', 'project_admin', 'user', 'viewer', 'operator')),
      status text NOT NULL CHECK (status IN ('active', 'invited', 'disabled')),
      origin text NOT NULL CHECK (origin IN ('local', 'external')),
      password_hash text,
      created_at bigint NOT NULL,
      last_login_at bigint
    );
    CREATE UNIQUE INDEX users_address ON auth.users (lower(email), tenant_id) WHERE origin = 'local';
    CREATE INDEX users_of_tenant ON auth.users (tenant_id, id COLLATE "C");
    CREATE TABLE auth.sessions (
      id text PRIMARY KEY,
      tenant_id text NOT NULL,
      user_id text NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
      created_at bigint NOT NULL,
      expires_at bigint NOT NULL,
      ended_at bigint
    );
    CREATE INDEX sessions_of_user ON auth.sessions (user_id);
    CREATE INDEX sessions_expired ON auth.sessions (expires_at);
    -- Those that were used stay as long as their session: only so is a second use noticed.
    CREATE TABLE auth.refresh_tokens (
      hash text PRIMARY KEY,
      tenant_id text NOT NULL,
      session_id text NOT NULL REFERENCES auth.sessions (id) ON DELETE CASCADE,
      usable_until bigint NOT NULL,
      used_at bigint
    );
    CREATE INDEX refresh_tokens_of_session ON auth.refresh_tokens (session_id);
    CREATE TABLE auth.one_time_tokens (
      hash text PRIMARY KEY,
      purpose text NOT NULL,
      tenant_id text,
      user_id text REFERENCES auth.users (id) ON DELETE CASCADE,
      data text,
      expires_at bigint NOT NULL
    );
    CREATE INDEX one_time_tokens_of_user ON auth.one_time_tokens (user_id, purpose);
    CREATE INDEX one_time_tokens_expired ON auth.one_time_tokens (expires_at);
    CREATE TABLE auth.attempts (
      bucket text PRIMARY KEY,
      count integer NOT NULL,
      ends_at bigint NOT NULL
    );
    CREATE INDEX attempts_ended ON auth.attempts (ends_at);
    CREATE TABLE auth.passkeys (
      id text PRIMARY KEY,
      tenant_id text NOT NULL,
      user_id text NOT NULL REFERENCES auth.users (id) ON DELETE CASCADE,
      name text NOT NULL,
      public_key text NOT NULL,
      counter bigint NOT NULL,
      transports text NOT NULL,
      created_at bigint NOT NULL,
      last_used_at bigint
    );
    CREATE INDEX passkeys_of_user ON auth.passkeys (user_id);`,
  down: `
    DROP TABLE auth.passkeys;
    DROP TABLE auth.attempts;
    DROP TABLE auth.one_time_tokens;
    DROP TABLE auth.refresh_tokens;
    DROP TABLE auth.sessions;
    DROP TABLE auth.users;`,
}
