import { describe, expect, test } from '@jest/globals'
import { readFlinkLakeConfig } from './config.ts'

const jdbc = {
  KAFKA_BROKERS: 'a:9092,b:9092',
  ICEBERG_CATALOG_URI: 'jdbc:postgresql://db/lake',
  ICEBERG_CATALOG_CREDENTIAL: "lake:it's:secret",
  ICEBERG_WAREHOUSE: 'file:///lake',
}

describe('the settings of the lake in a catalogue', () => {
  test('without a catalogue there are none', () => {
    expect(readFlinkLakeConfig({ KAFKA_BROKERS: 'a:9092' })).toBeNull()
  })

  test('a JDBC catalogue gets user and password apart, quoted for SQL', () => {
    const config = readFlinkLakeConfig(jdbc)
    expect(config?.catalogueProperties).toMatchObject({
      'catalog-impl': 'org.apache.iceberg.jdbc.JdbcCatalog',
      'jdbc.schema-version': 'V1',
      'jdbc.user': 'lake',
      'jdbc.password': "it's:secret",
      warehouse: 'file:///lake',
    })
    expect(config?.sqlVariables['ICEBERG_CATALOG_OPTIONS']).toContain(
      "'jdbc.password' = 'it''s:secret'",
    )
  })

  test('a REST catalogue on S3 takes a credential, more properties, and the reader of S3', () => {
    const config = readFlinkLakeConfig({
      ...jdbc,
      ICEBERG_CATALOG_URI: 'https://catalogue/api',
      ICEBERG_CATALOG_CREDENTIAL: 'client:secret',
      ICEBERG_CATALOG_PROPERTIES: 'scope=all;s3.endpoint=http://minio:9000',
      ICEBERG_WAREHOUSE: 's3://bucket/lake',
    })
    expect(config?.catalogue).toBe('rest')
    expect(config?.catalogueProperties).toMatchObject({
      'catalog-impl': 'org.apache.iceberg.rest.RESTCatalog',
      credential: 'client:secret',
      scope: 'all',
      's3.endpoint': 'http://minio:9000',
      'io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
    })
  })

  test('properties of the Kafka clients may hold semicolons and equals signs', () => {
    const config = readFlinkLakeConfig({
      ...jdbc,
      KAFKA_OPTIONS:
        'security.protocol=SASL_SSL;sasl.jaas.config=Module required username="a" password="b=";',
    })
    expect(config?.sqlVariables['KAFKA_OPTIONS']).toBe(
      `, 'properties.security.protocol' = 'SASL_SSL', 'properties.sasl.jaas.config' = 'Module required username="a" password="b="'`,
    )
  })

  test('names of topics are the operator’s', () => {
    const config = readFlinkLakeConfig({ ...jdbc, KAFKA_TOPIC_USAGE: 'bills' })
    expect(config?.topicName('gateway_usage')).toBe('bills')
    expect(config?.topicName('sluice.route.decided.v1')).toBe('sluice.route.decided.v1')
  })

  test('what is missing is told together, without the secret', () => {
    expect(() => readFlinkLakeConfig({ ICEBERG_CATALOG_URI: 'thrift://hive' })).toThrow(
      /ICEBERG_CATALOG_URI.*ICEBERG_WAREHOUSE.*KAFKA_BROKERS/s,
    )
    const { location } = readFlinkLakeConfig({
      ...jdbc,
      ICEBERG_CATALOG_URI: 'jdbc:postgresql://db/lake?user=a&password=b',
    }) ?? { location: '' }
    expect(location).not.toContain('password')
  })
})
