-- Generated from packages/contracts/src/lake/tables.ts: `npm run lake-sql` writes it anew.
-- The whole job: a topic in for each table of facts, and one quarantine for what is not what its contract says.
SET 'pipeline.name' = 'sluice-lake';
SET 'parallelism.default' = '${LAKE_PARALLELISM}';
SET 'execution.checkpointing.interval' = '${LAKE_COMMIT_INTERVAL_MS} ms';
SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';
-- Readers take it that a commit has all of a partition up to one offset.
SET 'execution.checkpointing.unaligned.enabled' = 'false';
-- A key that comes again within this time is dropped.
SET 'table.exec.state.ttl' = '24 h';
-- The newer sink can drop commits after a restart without state.
SET 'table.exec.iceberg.use-v2-sink' = 'false';

CREATE CATALOG lake WITH ('type' = 'iceberg', ${ICEBERG_CATALOG_OPTIONS});

CREATE TEMPORARY TABLE conversations_source (
  payload BYTES,
  kafka_topic STRING METADATA FROM 'topic' VIRTUAL,
  kafka_partition INT METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  processed_at AS PROCTIME()
) WITH ('connector' = 'kafka', 'format' = 'raw',
  'topic' = '${KAFKA_TOPIC_CONVERSATIONS}', 'properties.bootstrap.servers' = '${KAFKA_BROKERS}',
  'properties.group.id' = '${LAKE_GROUP}', 'properties.isolation.level' = 'read_committed'${KAFKA_OPTIONS},
  'scan.startup.mode' = 'group-offsets', 'properties.auto.offset.reset' = 'earliest');

CREATE TEMPORARY VIEW conversations_rows AS SELECT
  JSON_VALUE(body, '$.id') AS `id`,
  JSON_VALUE(body, '$.user_id') AS `user_id`,
  JSON_VALUE(body, '$.session_id') AS `session_id`,
  JSON_VALUE(body, '$.role') AS `role`,
  JSON_VALUE(body, '$.content') AS `content`,
  JSON_QUERY(body, '$.metadata') AS `metadata`,
  TO_TIMESTAMP_LTZ(TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.occurred_at'), '^[0-9]{1,15}\z', 0) AS BIGINT), 3) AS `timestamp`,
  JSON_VALUE(body, '$.tenant_id') AS `tenant_id`,
  JSON_VALUE(body, '$.request_id') AS `request_id`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.turn'), '^-?[0-9]{1,19}\z', 0) AS INT) AS `turn`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.schema_version'), '^-?[0-9]{1,19}\z', 0) AS INT) AS `schema_version`,
  (body IS JSON AND JSON_VALUE(CONCAT('[', body, ',"end"]'), '$[1]') = 'end' AND ENCODE(body, 'UTF-8') = payload) IS TRUE AS is_json,
  body, payload, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, processed_at
FROM (SELECT *, DECODE(payload, 'UTF-8') AS body FROM conversations_source);

CREATE TEMPORARY TABLE usage_source (
  payload BYTES,
  kafka_topic STRING METADATA FROM 'topic' VIRTUAL,
  kafka_partition INT METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  processed_at AS PROCTIME()
) WITH ('connector' = 'kafka', 'format' = 'raw',
  'topic' = '${KAFKA_TOPIC_USAGE}', 'properties.bootstrap.servers' = '${KAFKA_BROKERS}',
  'properties.group.id' = '${LAKE_GROUP}', 'properties.isolation.level' = 'read_committed'${KAFKA_OPTIONS},
  'scan.startup.mode' = 'group-offsets', 'properties.auto.offset.reset' = 'earliest');

CREATE TEMPORARY VIEW usage_rows AS SELECT
  JSON_VALUE(body, '$.request_id') AS `request_id`,
  JSON_VALUE(body, '$.tenant_id') AS `tenant_id`,
  JSON_VALUE(body, '$.project_id') AS `project_id`,
  JSON_VALUE(body, '$.key_id') AS `key_id`,
  JSON_VALUE(body, '$.user_id') AS `user_id`,
  JSON_VALUE(body, '$.channel') AS `channel`,
  JSON_VALUE(body, '$.operation') AS `operation`,
  JSON_VALUE(body, '$.requested_model') AS `requested_model`,
  JSON_VALUE(body, '$.model') AS `model`,
  JSON_VALUE(body, '$.provider') AS `provider`,
  JSON_VALUE(body, '$.state') AS `state`,
  JSON_VALUE(body, '$.error_code') AS `error_code`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.input_tokens'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `input_tokens`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.output_tokens'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `output_tokens`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.cached_input_tokens'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `cached_input_tokens`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.cache_write_tokens'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `cache_write_tokens`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.reasoning_tokens'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `reasoning_tokens`,
  CASE JSON_VALUE(body, '$.estimated') WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS `estimated`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.amount_nano_usd'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `amount_nano_usd`,
  CASE JSON_VALUE(body, '$.stream') WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END AS `stream`,
  TO_TIMESTAMP_LTZ(TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.accepted_at'), '^[0-9]{1,15}\z', 0) AS BIGINT), 3) AS `accepted_at`,
  TO_TIMESTAMP_LTZ(TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.finished_at'), '^[0-9]{1,15}\z', 0) AS BIGINT), 3) AS `finished_at`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.first_part_ms'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `first_part_ms`,
  JSON_QUERY(body, '$.calls') AS `calls`,
  JSON_QUERY(body, '$.price') AS `price`,
  (body IS JSON AND JSON_VALUE(CONCAT('[', body, ',"end"]'), '$[1]') = 'end' AND ENCODE(body, 'UTF-8') = payload) IS TRUE AS is_json,
  body, payload, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, processed_at
FROM (SELECT *, DECODE(payload, 'UTF-8') AS body FROM usage_source);

CREATE TEMPORARY TABLE decisions_source (
  payload BYTES,
  kafka_topic STRING METADATA FROM 'topic' VIRTUAL,
  kafka_partition INT METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  processed_at AS PROCTIME()
) WITH ('connector' = 'kafka', 'format' = 'raw',
  'topic' = 'sluice.route.decided.v1', 'properties.bootstrap.servers' = '${KAFKA_BROKERS}',
  'properties.group.id' = '${LAKE_GROUP}', 'properties.isolation.level' = 'read_committed'${KAFKA_OPTIONS},
  'scan.startup.mode' = 'group-offsets', 'properties.auto.offset.reset' = 'earliest');

CREATE TEMPORARY VIEW decisions_rows AS SELECT
  JSON_VALUE(body, '$.request_id') AS `request_id`,
  JSON_VALUE(body, '$.tenant_id') AS `tenant_id`,
  JSON_VALUE(body, '$.project_id') AS `project_id`,
  JSON_VALUE(body, '$.key_id') AS `key_id`,
  JSON_VALUE(body, '$.user_id') AS `user_id`,
  JSON_VALUE(body, '$.requested_model') AS `requested_model`,
  JSON_VALUE(body, '$.reason.code') AS `reason_code`,
  JSON_VALUE(body, '$.reason.detail') AS `reason_detail`,
  JSON_QUERY(body, '$.targets') AS `targets`,
  JSON_QUERY(body, '$.skipped') AS `skipped`,
  JSON_VALUE(body, '$.provider') AS `provider`,
  JSON_VALUE(body, '$.model') AS `model`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.attempts'), '^-?[0-9]{1,19}\z', 0) AS INT) AS `attempts`,
  TO_TIMESTAMP_LTZ(TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.occurred_at'), '^[0-9]{1,15}\z', 0) AS BIGINT), 3) AS `occurred_at`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.schema_version'), '^-?[0-9]{1,19}\z', 0) AS INT) AS `schema_version`,
  (body IS JSON AND JSON_VALUE(CONCAT('[', body, ',"end"]'), '$[1]') = 'end' AND ENCODE(body, 'UTF-8') = payload) IS TRUE AS is_json,
  body, payload, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, processed_at
FROM (SELECT *, DECODE(payload, 'UTF-8') AS body FROM decisions_source);

CREATE TEMPORARY TABLE checkpoints_source (
  payload BYTES,
  kafka_topic STRING METADATA FROM 'topic' VIRTUAL,
  kafka_partition INT METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  kafka_timestamp TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  processed_at AS PROCTIME()
) WITH ('connector' = 'kafka', 'format' = 'raw',
  'topic' = '${KAFKA_TOPIC_CHECKPOINTS}', 'properties.bootstrap.servers' = '${KAFKA_BROKERS}',
  'properties.group.id' = '${LAKE_GROUP}', 'properties.isolation.level' = 'read_committed'${KAFKA_OPTIONS},
  'scan.startup.mode' = 'group-offsets', 'properties.auto.offset.reset' = 'earliest');

CREATE TEMPORARY VIEW checkpoints_rows AS SELECT
  JSON_VALUE(body, '$.id') AS `id`,
  JSON_VALUE(body, '$.user_id') AS `user_id`,
  JSON_VALUE(body, '$.session_id') AS `session_id`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.sequence'), '^-?[0-9]{1,19}\z', 0) AS BIGINT) AS `sequence`,
  JSON_VALUE(body, '$.kind') AS `kind`,
  JSON_VALUE(body, '$.state') AS `state`,
  TO_TIMESTAMP_LTZ(TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.occurred_at'), '^[0-9]{1,15}\z', 0) AS BIGINT), 3) AS `timestamp`,
  JSON_VALUE(body, '$.tenant_id') AS `tenant_id`,
  TRY_CAST(REGEXP_EXTRACT(JSON_VALUE(body, '$.schema_version'), '^-?[0-9]{1,19}\z', 0) AS INT) AS `schema_version`,
  (body IS JSON AND JSON_VALUE(CONCAT('[', body, ',"end"]'), '$[1]') = 'end' AND ENCODE(body, 'UTF-8') = payload) IS TRUE AS is_json,
  body, payload, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, processed_at
FROM (SELECT *, DECODE(payload, 'UTF-8') AS body FROM checkpoints_source);

EXECUTE STATEMENT SET BEGIN

INSERT INTO lake.gateway.`conversations` (`id`, `user_id`, `session_id`, `role`, `content`, `metadata`, `timestamp`, `tenant_id`, `request_id`, `turn`, `schema_version`, `kafka_partition`, `kafka_offset`, `ingested_at`)
SELECT `id`, `user_id`, `session_id`, `role`, `content`, `metadata`, `timestamp`, `tenant_id`, `request_id`, `turn`, `schema_version`, `kafka_partition`, `kafka_offset`, CURRENT_TIMESTAMP
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY `tenant_id`, `id` ORDER BY processed_at) AS place
      FROM conversations_rows
      WHERE is_json AND body IS JSON OBJECT
        AND `id` IS NOT NULL
        AND `user_id` IS NOT NULL
        AND `session_id` IS NOT NULL
        AND `role` IS NOT NULL
        AND `timestamp` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `request_id` IS NOT NULL
        AND `turn` IS NOT NULL
        AND `schema_version` IS NOT NULL)
WHERE place = 1;

INSERT INTO lake.gateway.`usage` (`request_id`, `tenant_id`, `project_id`, `key_id`, `user_id`, `channel`, `operation`, `requested_model`, `model`, `provider`, `state`, `error_code`, `input_tokens`, `output_tokens`, `cached_input_tokens`, `cache_write_tokens`, `reasoning_tokens`, `estimated`, `amount_nano_usd`, `stream`, `accepted_at`, `finished_at`, `first_part_ms`, `calls`, `price`, `kafka_partition`, `kafka_offset`, `ingested_at`)
SELECT `request_id`, `tenant_id`, `project_id`, `key_id`, `user_id`, `channel`, `operation`, `requested_model`, `model`, `provider`, `state`, `error_code`, `input_tokens`, `output_tokens`, `cached_input_tokens`, `cache_write_tokens`, `reasoning_tokens`, `estimated`, `amount_nano_usd`, `stream`, `accepted_at`, `finished_at`, `first_part_ms`, `calls`, `price`, `kafka_partition`, `kafka_offset`, CURRENT_TIMESTAMP
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY `tenant_id`, `request_id` ORDER BY processed_at) AS place
      FROM usage_rows
      WHERE is_json AND body IS JSON OBJECT
        AND `request_id` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `project_id` IS NOT NULL
        AND `key_id` IS NOT NULL
        AND `operation` IS NOT NULL
        AND `requested_model` IS NOT NULL
        AND `model` IS NOT NULL
        AND `state` IS NOT NULL
        AND `input_tokens` IS NOT NULL
        AND `output_tokens` IS NOT NULL
        AND `amount_nano_usd` IS NOT NULL
        AND `accepted_at` IS NOT NULL
        AND `finished_at` IS NOT NULL)
WHERE place = 1;

INSERT INTO lake.gateway.`decisions` (`request_id`, `tenant_id`, `project_id`, `key_id`, `user_id`, `requested_model`, `reason_code`, `reason_detail`, `targets`, `skipped`, `provider`, `model`, `attempts`, `occurred_at`, `schema_version`, `kafka_partition`, `kafka_offset`, `ingested_at`)
SELECT `request_id`, `tenant_id`, `project_id`, `key_id`, `user_id`, `requested_model`, `reason_code`, `reason_detail`, `targets`, `skipped`, `provider`, `model`, `attempts`, `occurred_at`, `schema_version`, `kafka_partition`, `kafka_offset`, CURRENT_TIMESTAMP
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY `tenant_id`, `request_id` ORDER BY processed_at) AS place
      FROM decisions_rows
      WHERE is_json AND body IS JSON OBJECT
        AND `request_id` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `project_id` IS NOT NULL
        AND `key_id` IS NOT NULL
        AND `requested_model` IS NOT NULL
        AND `reason_code` IS NOT NULL
        AND `occurred_at` IS NOT NULL
        AND `schema_version` IS NOT NULL)
WHERE place = 1;

INSERT INTO lake.gateway.`checkpoints` (`id`, `user_id`, `session_id`, `sequence`, `kind`, `state`, `timestamp`, `tenant_id`, `schema_version`, `kafka_partition`, `kafka_offset`, `ingested_at`)
SELECT `id`, `user_id`, `session_id`, `sequence`, `kind`, `state`, `timestamp`, `tenant_id`, `schema_version`, `kafka_partition`, `kafka_offset`, CURRENT_TIMESTAMP
FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY `tenant_id`, `id` ORDER BY processed_at) AS place
      FROM checkpoints_rows
      WHERE is_json AND body IS JSON OBJECT
        AND `id` IS NOT NULL
        AND `user_id` IS NOT NULL
        AND `session_id` IS NOT NULL
        AND `sequence` IS NOT NULL
        AND `kind` IS NOT NULL
        AND `timestamp` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `schema_version` IS NOT NULL)
WHERE place = 1;

INSERT INTO lake.gateway.`quarantine` (`topic`, `kafka_partition`, `kafka_offset`, `kafka_timestamp`, `reason`, `payload`, `ingested_at`)
SELECT `kafka_topic`, `kafka_partition`, `kafka_offset`, `kafka_timestamp`, reason, `payload`, CURRENT_TIMESTAMP FROM (
  SELECT kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, payload,
    CASE WHEN payload IS NULL OR body = '' THEN 'no value' WHEN is_json THEN 'missing required field' ELSE 'not json' END AS reason
  FROM conversations_rows
  WHERE (is_json AND body IS JSON OBJECT
        AND `id` IS NOT NULL
        AND `user_id` IS NOT NULL
        AND `session_id` IS NOT NULL
        AND `role` IS NOT NULL
        AND `timestamp` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `request_id` IS NOT NULL
        AND `turn` IS NOT NULL
        AND `schema_version` IS NOT NULL) IS NOT TRUE
  UNION ALL
  SELECT kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, payload,
    CASE WHEN payload IS NULL OR body = '' THEN 'no value' WHEN is_json THEN 'missing required field' ELSE 'not json' END AS reason
  FROM usage_rows
  WHERE (is_json AND body IS JSON OBJECT
        AND `request_id` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `project_id` IS NOT NULL
        AND `key_id` IS NOT NULL
        AND `operation` IS NOT NULL
        AND `requested_model` IS NOT NULL
        AND `model` IS NOT NULL
        AND `state` IS NOT NULL
        AND `input_tokens` IS NOT NULL
        AND `output_tokens` IS NOT NULL
        AND `amount_nano_usd` IS NOT NULL
        AND `accepted_at` IS NOT NULL
        AND `finished_at` IS NOT NULL) IS NOT TRUE
  UNION ALL
  SELECT kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, payload,
    CASE WHEN payload IS NULL OR body = '' THEN 'no value' WHEN is_json THEN 'missing required field' ELSE 'not json' END AS reason
  FROM decisions_rows
  WHERE (is_json AND body IS JSON OBJECT
        AND `request_id` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `project_id` IS NOT NULL
        AND `key_id` IS NOT NULL
        AND `requested_model` IS NOT NULL
        AND `reason_code` IS NOT NULL
        AND `occurred_at` IS NOT NULL
        AND `schema_version` IS NOT NULL) IS NOT TRUE
  UNION ALL
  SELECT kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, payload,
    CASE WHEN payload IS NULL OR body = '' THEN 'no value' WHEN is_json THEN 'missing required field' ELSE 'not json' END AS reason
  FROM checkpoints_rows
  WHERE (is_json AND body IS JSON OBJECT
        AND `id` IS NOT NULL
        AND `user_id` IS NOT NULL
        AND `session_id` IS NOT NULL
        AND `sequence` IS NOT NULL
        AND `kind` IS NOT NULL
        AND `timestamp` IS NOT NULL
        AND `tenant_id` IS NOT NULL
        AND `schema_version` IS NOT NULL) IS NOT TRUE
);

END;
