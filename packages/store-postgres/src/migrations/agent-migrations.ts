import type { SchemaMigrations } from '../migrate.ts'
import { outboxTable } from './outbox-table.ts'

export const agentMigrations: SchemaMigrations = {
  schema: 'agent',
  migrations: [
    {
      id: 1,
      name: 'stored responses',
      up: `
        -- Times are Unix ms. response is null until the generation has ended.
        CREATE TABLE agent.responses (
          id uuid PRIMARY KEY,
          tenant_id text NOT NULL,
          key_id text NOT NULL,
          previous_id uuid,
          background boolean NOT NULL,
          stream boolean NOT NULL,
          model text NOT NULL,
          input text NOT NULL,
          asked text NOT NULL,
          response text,
          created_at bigint NOT NULL,
          expires_at bigint NOT NULL
        );
        CREATE INDEX responses_open ON agent.responses (id) WHERE response IS NULL;
        CREATE INDEX responses_over ON agent.responses (expires_at);`,
      down: `
        DROP TABLE agent.responses;`,
    },
    {
      id: 2,
      name: 'outbox',
      up: outboxTable('agent'),
      down: `
        DROP TABLE agent.outbox;`,
    },
  ],
}
