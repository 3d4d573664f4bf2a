import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { findJava } from './java.ts'
import { mavenJars } from './maven-jars.ts'
import { runToEnd } from '../processes/run-to-end.ts'
import type { ServerKind } from './server-kind.ts'

const settings = join(import.meta.dirname, '../../servers/kafka')
const jars = mavenJars('kafka', join(settings, 'pom.xml'))

export const kafkaServer: ServerKind = {
  name: 'kafka',
  variable: 'KAFKA_BROKERS',
  portCount: 4,
  missing: jars.missing,
  fetch: jars.fetch,
  prepare: async (dir, [port = 0, controllerPort = 0, hiddenPort = 0, proxyPort = 0]) => {
    const folder = join(dir, 'kafka')
    const data = join(folder, 'data')
    await mkdir(data, { recursive: true })
    const propertiesFile = join(folder, 'server.properties')
    await writeFile(
      propertiesFile,
      properties(data, { port, controllerPort, hiddenPort, proxyPort }),
    )
    if (!existsSync(join(data, 'meta.properties'))) await format(propertiesFile)
    const program = {
      name: 'kafka',
      command: findJava() ?? 'java',
      args: [...javaFlags(), 'kafka.Kafka', propertiesFile],
      logFile: join(dir, 'logs', 'kafka.log'),
      stopSignal: 'SIGTERM' as const,
      ready: () => answers(port),
    }
    const behindProxy = { port: hiddenPort, proxyPort }
    return { program, url: `127.0.0.1:${String(port)}`, behindProxy }
  },
}

/** A small heap and the quick compiler alone: a broker that starts fast and carries a test's load. */
const machine = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

function javaFlags(): string[] {
  const logging = `-Dlog4j2.configurationFile=file:${join(settings, 'log4j2.properties')}`
  return [...machine, logging, '-cp', `${jars.folder()}/*`]
}

async function format(propertiesFile: string): Promise<void> {
  // One in 64 begins with a dash, and would be taken for an option.
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, '_')
  const options = ['format', '-t', clusterId, '-c', propertiesFile]
  await runToEnd(findJava() ?? 'java', [...javaFlags(), 'kafka.tools.StorageTool', ...options])
}

interface Ports {
  readonly port: number
  readonly controllerPort: number
  /** For clients that come through a proxy. */
  readonly hiddenPort: number
  /** What those are told. */
  readonly proxyPort: number
}

/** One node that is broker and controller. The voters stand here and not in the data, so that the same data can move to other ports. */
function properties(data: string, { port, controllerPort, hiddenPort, proxyPort }: Ports): string {
  const at = (name: string, on: number) => `${name}://127.0.0.1:${String(on)}`
  const entries = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    listeners: `${at('PLAINTEXT', port)},${at('PROXIED', hiddenPort)},${at('CONTROLLER', controllerPort)}`,
    'advertised.listeners': `${at('PLAINTEXT', port)},${at('PROXIED', proxyPort)}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': `1@127.0.0.1:${String(controllerPort)}`,
    'log.dirs': data,
    'auto.create.topics.enable': false,
    'num.partitions': 3,
    // One node: with the default of 3 copies consumers would never get a coordinator.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': groups.length,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // A broker that was killed may come back when its old session is over.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'log.cleaner.dedupe.buffer.size': 4 * 1024 * 1024,
    'num.network.threads': 2,
    'num.io.threads': 2,
  }
  return Object.entries(entries)
    .map(([key, value]) => `${key}=${String(value)}\n`)
    .join('')
}

/** One for each partition of the offsets topic: the coordinators of all groups have loaded when those of these have. */
const groups = ['a', 'b', 'c', 'd']

async function answers(port: number): Promise<void> {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${String(port)}`],
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
    logLevel: logLevel.NOTHING,
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    if (brokers.length === 0) throw new Error('the broker is not registered yet')
    await admin.describeGroups(groups)
  } finally {
    await admin.disconnect()
  }
}
