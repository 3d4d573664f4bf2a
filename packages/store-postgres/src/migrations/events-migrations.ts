import type { SchemaMigrations } from '../migrate.ts'

export const eventsMigrations: SchemaMigrations = {
  schema: 'events',
  // A batch holds events of many tenants: no tenant's transaction reads one.
  wall: { loader: { partitions: 'SELECT, UPDATE', batches: 'INSERT' } },
  migrations: [
    {
      id: 1,
      name: 'topics, batches, groups',
      up: `
        CREATE TABLE events.topics (
          name text PRIMARY KEY,
          partitions integer NOT NULL CHECK (partitions > 0),
          retention_ms bigint NOT NULL
        );
        -- next_offset counts what was published; its row lock is what keeps offsets free of gaps.
        CREATE TABLE events.partitions (
          topic text NOT NULL REFERENCES events.topics (name) ON DELETE CASCADE,
          partition integer NOT NULL,
          next_offset bigint NOT NULL DEFAULT 0,
          PRIMARY KEY (topic, partition)
        );
        -- One row per published batch and partition, like a Kafka record batch; records is compressed already.
        CREATE TABLE events.batches (
          topic text NOT NULL,
          partition integer NOT NULL,
          base_offset bigint NOT NULL,
          count integer NOT NULL,
          published_at bigint NOT NULL,
          records bytea NOT NULL,
          PRIMARY KEY (topic, partition, base_offset)
        );
        ALTER TABLE events.batches ALTER COLUMN records SET STORAGE EXTERNAL;
        -- holder works on the partition until held_until.
        CREATE TABLE events.groups (
          topic text NOT NULL REFERENCES events.topics (name) ON DELETE CASCADE,
          name text NOT NULL,
          partition integer NOT NULL,
          next_offset bigint NOT NULL DEFAULT 0,
          holder text,
          held_until timestamptz NOT NULL DEFAULT '-infinity',
          PRIMARY KEY (topic, name, partition)
        );`,
      down: `
        DROP TABLE events.groups;
        DROP TABLE events.batches;
        DROP TABLE events.partitions;
        DROP TABLE events.topics;`,
    },
  ],
}
