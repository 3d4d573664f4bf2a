import { addToHourly } from '../hourly-sums.ts'
import type { SchemaMigrations } from '../migrate.ts'

export const usageMigrations: SchemaMigrations = {
  schema: 'usage',
  wall: {
    shared: { prices: 'SELECT' },
    loader: {
      customer_ledger: 'INSERT, SELECT (request_id, attempt)',
      provider_calls: 'INSERT, SELECT (request_id, attempt)',
      hourly: 'INSERT, SELECT, UPDATE',
      prices: 'INSERT, SELECT (id)',
      outbox: 'INSERT',
    },
  },
  migrations: [
    {
      id: 1,
      name: 'customer ledger and outbox',
      up: `
        -- Columns are the fields of the usage record. Times are Unix ms. Narrow on purpose: the embedded mode pays per column and row.
        CREATE TABLE usage.customer_ledger (
          request_id uuid PRIMARY KEY,
          tenant_id text NOT NULL,
          project_id text NOT NULL,
          key_id text NOT NULL,
          operation text NOT NULL,
          requested_model text NOT NULL,
          model text NOT NULL,
          provider text,
          attempts integer NOT NULL,
          state text NOT NULL,
          error_code text,
          amount_nano_usd bigint NOT NULL CHECK (amount_nano_usd >= 0),
          stream boolean NOT NULL,
          accepted_at bigint NOT NULL,
          finished_at bigint NOT NULL,
          first_part_ms integer,
          input_tokens bigint NOT NULL,
          output_tokens bigint NOT NULL,
          cached_input_tokens bigint NOT NULL,
          cache_write_tokens bigint NOT NULL,
          reasoning_tokens bigint NOT NULL,
          estimated boolean NOT NULL
        );
        -- One row per batch of events; records is compressed already.
        CREATE TABLE usage.outbox (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          topic text NOT NULL,
          events integer NOT NULL,
          records bytea NOT NULL,
          claimed_until timestamptz NOT NULL DEFAULT '-infinity'
        );
        ALTER TABLE usage.outbox ALTER COLUMN records SET STORAGE EXTERNAL;`,
      down: `
        DROP TABLE usage.outbox;
        DROP TABLE usage.customer_ledger;`,
    },
    {
      id: 2,
      name: 'provider ledger and archive',
      up: `
        -- The provider call that ended a request lies in its customer row, which has the same tokens and model: attempt is its number (NULL:
        -- there was none, or it differs and is told in provider_calls), cost_nano_usd and called_at are what it adds. attempts counts all calls.
        ALTER TABLE usage.customer_ledger
          ADD attempt integer CHECK (attempt > 0),
          ADD cost_nano_usd bigint CHECK (cost_nano_usd BETWEEN 0 AND 9007199254740991),
          ADD called_at bigint,
          ADD CONSTRAINT customer_ledger_amount_bound CHECK (amount_nano_usd <= 9007199254740991);
        -- Every other call that a provider saw or may have seen.
        CREATE TABLE usage.provider_calls (
          request_id uuid NOT NULL,
          attempt integer NOT NULL CHECK (attempt > 0),
          provider text NOT NULL,
          model text NOT NULL,
          state text NOT NULL,
          error_code text,
          cost_nano_usd bigint NOT NULL CHECK (cost_nano_usd BETWEEN 0 AND 9007199254740991),
          started_at bigint NOT NULL,
          finished_at bigint NOT NULL,
          input_tokens bigint NOT NULL,
          output_tokens bigint NOT NULL,
          cached_input_tokens bigint NOT NULL,
          cache_write_tokens bigint NOT NULL,
          reasoning_tokens bigint NOT NULL,
          estimated boolean NOT NULL,
          PRIMARY KEY (request_id, attempt)
        );
        CREATE VIEW usage.provider_ledger AS
          SELECT request_id, attempt, provider, model, CASE state WHEN 'expired' THEN 'failed' ELSE state END AS state, error_code,
            cost_nano_usd, called_at AS started_at, finished_at,
            input_tokens, output_tokens, cached_input_tokens, cache_write_tokens, reasoning_tokens, estimated
          FROM usage.customer_ledger WHERE attempt IS NOT NULL
          UNION ALL
          SELECT request_id, attempt, provider, model, state, error_code, cost_nano_usd, started_at, finished_at,
            input_tokens, output_tokens, cached_input_tokens, cache_write_tokens, reasoning_tokens, estimated
          FROM usage.provider_calls;
        -- content is compressed already; bytes is its size, so that sizes are summed without touching it.
        CREATE TABLE usage.generation_archive (
          request_id uuid PRIMARY KEY,
          stored_at bigint NOT NULL,
          content bytea NOT NULL,
          bytes integer NOT NULL GENERATED ALWAYS AS (octet_length(content)) STORED
        );
        ALTER TABLE usage.generation_archive ALTER COLUMN content SET STORAGE EXTERNAL;
        CREATE INDEX generation_archive_age ON usage.generation_archive (stored_at, request_id) INCLUDE (bytes);`,
      down: `
        DROP TABLE IF EXISTS usage.generation_archive;
        DROP VIEW usage.provider_ledger;
        DROP TABLE usage.provider_calls;
        ALTER TABLE usage.customer_ledger
          DROP COLUMN attempt, DROP COLUMN cost_nano_usd, DROP COLUMN called_at, DROP CONSTRAINT customer_ledger_amount_bound;`,
    },
    {
      id: 3,
      name: 'archive in batches',
      up: `
        DROP TABLE usage.generation_archive;
        -- Many generations in one value: a row and a compression of its own for each cost several times what they hold. content is compressed
        -- already; bytes is its size, so that sizes are summed without touching it.
        CREATE TABLE usage.archive_batches (
          id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          stored_at bigint NOT NULL,
          request_ids uuid[] NOT NULL,
          content bytea NOT NULL,
          bytes integer NOT NULL GENERATED ALWAYS AS (octet_length(content)) STORED
        );
        ALTER TABLE usage.archive_batches ALTER COLUMN content SET STORAGE EXTERNAL;
        CREATE INDEX archive_batches_requests ON usage.archive_batches USING gin (request_ids);
        CREATE INDEX archive_batches_age ON usage.archive_batches (stored_at, id) INCLUDE (bytes);`,
      down: `
        DROP TABLE usage.archive_batches;`,
    },
    {
      id: 4,
      name: 'users, channels and prices in the ledger, sums by the hour',
      up: `
        ALTER TABLE usage.customer_ledger
          ADD user_id text,
          ADD channel text NOT NULL DEFAULT 'http',
          ADD price_id bigint;
        -- What amounts were made from. The id is made from the content, so a row is written once and never changed. price is JSON.
        CREATE TABLE usage.prices (
          id bigint PRIMARY KEY,
          price text NOT NULL
        );
        -- Sums of the ledger by the hour in which calls were accepted (hours since 1970): what reports, budgets and lost counters are made from.
        -- Calls that no model answered are together, under '': their model is whatever the caller wrote, and would make rows without end.
        CREATE TABLE usage.hourly (
          tenant_id text NOT NULL,
          hour integer NOT NULL,
          project_id text NOT NULL,
          key_id text NOT NULL,
          user_id text NOT NULL,
          channel text NOT NULL,
          requested_model text NOT NULL,
          model text NOT NULL,
          provider text NOT NULL,
          requests bigint NOT NULL,
          failed bigint NOT NULL,
          cancelled bigint NOT NULL,
          estimated bigint NOT NULL,
          input_tokens bigint NOT NULL,
          output_tokens bigint NOT NULL,
          cached_input_tokens bigint NOT NULL,
          cache_write_tokens bigint NOT NULL,
          reasoning_tokens bigint NOT NULL,
          -- Sums may be larger than any single amount.
          amount_nano_usd numeric NOT NULL,
          duration_ms bigint NOT NULL,
          first_part_ms bigint NOT NULL,
          first_parts bigint NOT NULL,
          PRIMARY KEY (tenant_id, hour, project_id, key_id, user_id, channel, requested_model, model, provider)
        ) WITH (fillfactor = 50);
        CREATE FUNCTION usage.add_to_hourly() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
          -- In order of the key, so that two processes wait for each other instead of blocking each other.
          ${addToHourly('added')};
          RETURN NULL;
        END $body$;
        -- A trigger, so that the sums are those of the rows, whoever writes them: a process of the version before, COPY, or ON CONFLICT DO NOTHING.
        CREATE TRIGGER customer_ledger_hourly AFTER INSERT ON usage.customer_ledger
          REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION usage.add_to_hourly();
        ${addToHourly('usage.customer_ledger')};`,
      down: `
        DROP TRIGGER customer_ledger_hourly ON usage.customer_ledger;
        DROP FUNCTION usage.add_to_hourly;
        DROP TABLE usage.hourly;
        DROP TABLE usage.prices;
        ALTER TABLE usage.customer_ledger DROP COLUMN user_id, DROP COLUMN channel, DROP COLUMN price_id;`,
    },
    {
      id: 5,
      name: 'notices of budgets',
      up: `
        -- Each is given once: budget_id is the budget and whom it counts, starts_at (Unix ms) the window, threshold the share that was used up.
        CREATE TABLE usage.budget_notices (
          tenant_id text NOT NULL,
          budget_id text NOT NULL,
          starts_at bigint NOT NULL,
          threshold double precision NOT NULL,
          told_at bigint NOT NULL,
          PRIMARY KEY (tenant_id, budget_id, starts_at, threshold)
        );`,
      down: `
        DROP TABLE usage.budget_notices;`,
    },
    {
      id: 6,
      name: 'checks of the books',
      up: `
        -- A row per day (Unix ms of its beginning) that is or was checked; one process holds it until held_until (Unix ms). positions (JSON) is where
        -- the check left off in the event log; NULL: it has not ended.
        CREATE TABLE usage.reconciliations (
          day bigint PRIMARY KEY,
          held_until bigint NOT NULL,
          positions text
        );`,
      down: `
        DROP TABLE usage.reconciliations;`,
    },
    {
      id: 7,
      name: 'outbox by topic, alerts',
      up: `
        CREATE INDEX outbox_topics ON usage.outbox (topic, id);
        -- A row while it fires; since is Unix ms.
        CREATE TABLE usage.alerts (
          name text PRIMARY KEY,
          since bigint NOT NULL
        );`,
      down: `
        DROP TABLE usage.alerts;
        DROP INDEX usage.outbox_topics;`,
    },
  ],
}
