import { checkpointRecorded } from '@sluice/contracts/topics/checkpoint-recorded'
import { conversationTurnRecorded } from '@sluice/contracts/topics/conversation-turn-recorded'
import { usageRecorded } from '@sluice/contracts/topics/usage-recorded'
import {
  configurationError,
  envInt,
  envList,
  envText,
  type Environment,
  readEnvironment,
} from '@sluice/kernel/env'
import { nameValues } from '@sluice/lake/catalogue-config'
import { z } from 'zod'

/** Topics whose names an operator chooses, and the variable that each goes by. */
export const topicVariables: Readonly<Record<string, string>> = {
  [conversationTurnRecorded.name]: 'KAFKA_TOPIC_CONVERSATIONS',
  [checkpointRecorded.name]: 'KAFKA_TOPIC_CHECKPOINTS',
  [usageRecorded.name]: 'KAFKA_TOPIC_USAGE',
}

/** The lake in an Iceberg catalogue, written by Flink: `sluice lake …`. */
export const environment = z.object({
  ICEBERG_CATALOG_URI: envText
    .optional()
    .describe(
      'Iceberg catalogue: jdbc:postgresql://… (a database of its own) or https://… (REST) (absent: the lake is a folder, LAKE_DIR)',
    ),
  ICEBERG_CATALOG_CREDENTIAL: envText
    .optional()
    .describe('user:password of the JDBC catalogue, or client:secret of the REST catalogue'),
  ICEBERG_CATALOG_PROPERTIES: envText
    .optional()
    .describe('more properties of the catalogue: name=value;name=value'),
  ICEBERG_WAREHOUSE: envText
    .optional()
    .describe(
      'where the tables are: file:///…, s3://…, or the warehouse that a REST catalogue knows',
    ),
  LAKE_GROUP: envText
    .default('sluice-lake')
    .describe('consumer group of the Flink job; another one reads every topic anew'),
  LAKE_PARALLELISM: envInt(1, 1, 1_024).describe(
    'parallel instances of each step of the Flink job',
  ),
  LAKE_KEEP_SNAPSHOTS_HOURS: envInt(24, 0, 8_760).describe(
    'how long readers can go back in time; maintenance drops older snapshots',
  ),
  LAKE_ORPHAN_HOURS: envInt(72, 1, 8_760).describe(
    'age from which maintenance removes files that no snapshot has',
  ),
  KAFKA_OPTIONS: envText
    .optional()
    .describe(
      'more properties of its Kafka clients: name=value;name=value (security.protocol, sasl.jaas.config, …)',
    ),
})

/** Settings that others describe; here with the values that they have there. */
const shared = z.object({
  LAKE_COMMIT_INTERVAL_MS: envInt(5_000, 500, 3_600_000),
  KAFKA_BROKERS: envList.optional(),
  KAFKA_TOPIC_CONVERSATIONS: envText.default(conversationTurnRecorded.name),
  KAFKA_TOPIC_CHECKPOINTS: envText.default(checkpointRecorded.name),
  KAFKA_TOPIC_USAGE: envText.default(usageRecorded.name),
})

export interface FlinkLakeConfig {
  readonly catalogue: 'jdbc' | 'rest'
  readonly location: string
  /** As Iceberg names them, secrets among them. */
  readonly catalogueProperties: Readonly<Record<string, string>>
  readonly brokers: readonly string[]
  readonly group: string
  /** The name that a topic of the contracts has here. */
  readonly topicName: (contractName: string) => string
  readonly keepSnapshotsMs: number
  readonly orphanAgeMs: number
  readonly commitIntervalMs: number
  /** What `lake.sql` leaves open. */
  readonly sqlVariables: Readonly<Record<string, string>>
}

const hourMs = 3_600_000

/** Null where the lake is a folder. */
export function readFlinkLakeConfig(env: Environment): FlinkLakeConfig | null {
  const values = readEnvironment(environment.extend(shared.shape), env)
  const { ICEBERG_CATALOG_URI: uri, ICEBERG_WAREHOUSE: warehouse } = values
  if (uri === undefined) return null
  const catalogue = uri.startsWith('jdbc:') ? 'jdbc' : 'rest'
  const problems: string[] = []
  if (!/^(jdbc:|https?:)/.test(uri))
    problems.push('ICEBERG_CATALOG_URI: must be jdbc:… or https://…')
  if (warehouse === undefined) problems.push('ICEBERG_WAREHOUSE: say where the tables are')
  const brokers = values.KAFKA_BROKERS ?? []
  if (brokers.length === 0) problems.push('KAFKA_BROKERS: the tables are made from its topics')
  const more = nameValues(values.ICEBERG_CATALOG_PROPERTIES, 'ICEBERG_CATALOG_PROPERTIES', problems)
  const kafka = nameValues(values.KAFKA_OPTIONS, 'KAFKA_OPTIONS', problems)
  if (problems.length > 0 || warehouse === undefined) throw configurationError(problems)
  const catalogueProperties = {
    ...typeProperties(catalogue, values.ICEBERG_CATALOG_CREDENTIAL),
    uri,
    warehouse,
    ...(warehouse.startsWith('s3:') ? { 'io-impl': 'org.apache.iceberg.aws.s3.S3FileIO' } : {}),
    ...more,
  }
  const topicName = (name: string) => {
    const variable = topicVariables[name] as keyof typeof values | undefined
    return variable ? String(values[variable]) : name
  }
  return {
    catalogue,
    location: `${warehouse} (catalogue ${uri.replace(/\?.*$/, '')})`,
    catalogueProperties,
    brokers,
    group: values.LAKE_GROUP,
    topicName,
    keepSnapshotsMs: values.LAKE_KEEP_SNAPSHOTS_HOURS * hourMs,
    orphanAgeMs: values.LAKE_ORPHAN_HOURS * hourMs,
    commitIntervalMs: values.LAKE_COMMIT_INTERVAL_MS,
    sqlVariables: {
      KAFKA_BROKERS: brokers.join(','),
      KAFKA_OPTIONS: options(kafka, 'properties.')
        .map((option) => `, ${option}`)
        .join(''),
      KAFKA_TOPIC_CONVERSATIONS: values.KAFKA_TOPIC_CONVERSATIONS,
      KAFKA_TOPIC_CHECKPOINTS: values.KAFKA_TOPIC_CHECKPOINTS,
      KAFKA_TOPIC_USAGE: values.KAFKA_TOPIC_USAGE,
      LAKE_GROUP: values.LAKE_GROUP,
      LAKE_PARALLELISM: String(values.LAKE_PARALLELISM),
      LAKE_COMMIT_INTERVAL_MS: String(values.LAKE_COMMIT_INTERVAL_MS),
      ICEBERG_CATALOG_OPTIONS: options(catalogueProperties, '').join(', '),
    },
  }
}

function typeProperties(
  catalogue: 'jdbc' | 'rest',
  credential: string | undefined,
): Record<string, string> {
  if (catalogue === 'rest')
    return {
      'catalog-impl': 'org.apache.iceberg.rest.RESTCatalog',
      ...(credential ? { credential } : {}),
    }
  const [user = '', ...password] = credential?.split(':') ?? []
  return {
    'catalog-impl': 'org.apache.iceberg.jdbc.JdbcCatalog',
    'jdbc.schema-version': 'V1',
    ...(credential ? { 'jdbc.user': user, 'jdbc.password': password.join(':') } : {}),
  }
}

/** As options of a `WITH (…)`. */
function options(properties: Readonly<Record<string, string>>, prefix: string): string[] {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`
  return Object.entries(properties).map(
    ([name, value]) => `${quoted(prefix + name)} = ${quoted(value)}`,
  )
}
