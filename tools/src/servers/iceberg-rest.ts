import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { findJava } from './java.ts'
import { mavenJars } from './maven-jars.ts'
import type { ServerKind } from './server-kind.ts'

const jars = mavenJars(
  'iceberg-rest',
  join(import.meta.dirname, '../../servers/iceberg-rest/pom.xml'),
)

/** The REST catalogue that Apache Iceberg tests its clients with; it lets everybody in. */
export const icebergRestServer: ServerKind = {
  name: 'iceberg-rest',
  variable: 'ICEBERG_CATALOG_URI',
  portCount: 1,
  missing: jars.missing,
  fetch: jars.fetch,
  prepare: async (dir, [port = 0]) => {
    const folder = join(dir, 'iceberg-rest')
    await mkdir(folder, { recursive: true })
    const url = `http://127.0.0.1:${String(port)}`
    const program = {
      name: 'iceberg-rest',
      command: findJava() ?? 'java',
      args: [
        '-Xmx256m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        `${jars.folder()}/*`,
        'org.apache.iceberg.rest.RESTCatalogServer',
      ],
      env: {
        CATALOG_REST_PORT: String(port),
        CATALOG_CATALOG_NAME: 'lake',
        CATALOG_URI: `jdbc:sqlite:file:${join(folder, 'catalogue.db')}`,
        CATALOG_WAREHOUSE: `file://${join(folder, 'warehouse')}`,
      },
      logFile: join(dir, 'logs', 'iceberg-rest.log'),
      stopSignal: 'SIGTERM' as const,
      ready: async () => {
        const response = await fetch(`${url}/v1/config`, { signal: AbortSignal.timeout(2_000) })
        await response.body?.cancel()
        if (!response.ok) throw new Error(`status ${String(response.status)}`)
      },
    }
    return { program, url }
  },
}
