import type { SchemaMigrations } from '../migrate.ts'

export const usageMigrations: SchemaMigrations = {
  schema: 'usage',
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
  ],
}
