import { parseArgs } from 'node:util'
import { serviceNames } from '../services.ts'

export interface ClusterOptions {
  /** Data, logs and `cluster.json`. */
  readonly dir: string
  /** Of the first ingress; the others take the ports after it. Null: any free ports. */
  readonly port: number | null
  /** A service that is not named has one. */
  readonly replicas: Readonly<Record<string, number>>
  /** What every service gets beside our own environment. */
  readonly env: Readonly<Record<string, string>>
  /** What a service is told instead of the address of what it connects to: a proxy between the two. */
  readonly between?: (connection: Connection) => Promise<string>
  /** The work tree that a process of a service is started from, each time anew; ours unless given. */
  readonly rootOf?: (service: string, replica: number) => string
  /** Ends a start that is under way; what it had started ends too. */
  readonly signal: AbortSignal
}

/** From a process of a service to a store or the provider. */
export interface Connection {
  readonly service: string
  readonly replica: number
  readonly to: 'redis' | 'postgres' | 'kafka' | 'demo-provider'
  readonly url: string
  /** Where the proxy has to listen: Kafka tells its clients where to connect to. Null: anywhere. */
  readonly proxyPort: number | null
}

export const usage = `npm run cluster -- --dir DIR [--replicas ingress=2,provider-adapter=2] [--port 3000]

Every service as a process of its own, with Redis, Postgres and Kafka unless REDIS_URL, DATABASE_URL and KAFKA_BROKERS name them.
What ends is started again after a second. DIR/cluster.json says what runs where; SIGTERM or Ctrl-C ends everything.
What \`kill -9\` of this command leaves running, the next start in DIR ends.`

export function readClusterOptions(
  args: readonly string[],
): Pick<ClusterOptions, 'dir' | 'port' | 'replicas'> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      replicas: { type: 'string', default: '' },
      port: { type: 'string', default: '3000' },
    },
  })
  if (!values.dir) throw new Error('--dir is missing')
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`--port ${values.port} is no port`)
  return { dir: values.dir, port, replicas: parseReplicas(values.replicas) }
}

function parseReplicas(list: string): Record<string, number> {
  const replicas: Record<string, number> = {}
  for (const item of list.split(',').filter((text) => text !== '')) {
    const [name = '', count = ''] = item.split('=')
    const known = serviceNames()
    if (!known.includes(name))
      throw new Error(`--replicas: no service '${name}'; one of ${known.join(', ')}`)
    if (!/^[1-9]\d?$/.test(count)) throw new Error(`--replicas: ${item} is not like ${name}=2`)
    replicas[name] = Number(count)
  }
  return replicas
}
