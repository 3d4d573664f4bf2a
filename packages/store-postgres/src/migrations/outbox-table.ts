/** What the table of an outbox is, in the schema of a service. */
export const outboxTable = (schema: string) => `
  -- One row per batch of events of a topic; records is compressed already. claimed_until: until then a relay publishes it; infinity: the event log
  -- refused it for good.
  CREATE TABLE ${schema}.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    events integer NOT NULL,
    records bytea NOT NULL,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity'
  );
  ALTER TABLE ${schema}.outbox ALTER COLUMN records SET STORAGE EXTERNAL;
  CREATE INDEX outbox_topics ON ${schema}.outbox (topic, id);`
