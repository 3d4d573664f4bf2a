-- Every fact once. The writers drop repetitions as far as they remember them (Flink: 24 hours; the built-in writer: always), and a
-- replay may write a fact again: rows with an equal key are one fact, and the first one stands. A fact has one time, so its rows have
-- one day: a filter on `day` goes through to the partitions.
CREATE VIEW gateway.usage_once AS
SELECT *, CAST(finished_at AS DATE) AS day
FROM gateway.usage
QUALIFY row_number() OVER (
  PARTITION BY tenant_id, CAST(finished_at AS DATE), request_id ORDER BY ingested_at, kafka_partition, kafka_offset) = 1;

CREATE VIEW gateway.decisions_once AS
SELECT *, CAST(occurred_at AS DATE) AS day
FROM gateway.decisions
QUALIFY row_number() OVER (
  PARTITION BY tenant_id, CAST(occurred_at AS DATE), request_id ORDER BY ingested_at, kafka_partition, kafka_offset) = 1;

CREATE VIEW gateway.conversations_once AS
SELECT *, CAST("timestamp" AS DATE) AS day
FROM gateway.conversations
QUALIFY row_number() OVER (
  PARTITION BY tenant_id, CAST("timestamp" AS DATE), id ORDER BY ingested_at, kafka_partition, kafka_offset) = 1;

CREATE VIEW gateway.checkpoints_once AS
SELECT *, CAST("timestamp" AS DATE) AS day
FROM gateway.checkpoints
QUALIFY row_number() OVER (
  PARTITION BY tenant_id, CAST("timestamp" AS DATE), id ORDER BY ingested_at, kafka_partition, kafka_offset) = 1;
