import type { LabClient } from './clients.ts'
import type { Connection, CreateDriver, Driver } from './driver.ts'

/**
 * Node's own errors are made outside Jest's module realm, where `instanceof TypeError` does not know them: a client that tells a lost
 * connection by it would not try again. The clients get the constructor that `fetch` throws.
 */
async function shareTypeError(): Promise<void> {
  const error: unknown = await fetch('').catch((thrown: unknown) => thrown)
  globalThis.TypeError = (error as TypeError).constructor as TypeErrorConstructor
}

/** A driver imports its client only when it is needed: some take seconds. */
export async function loadDriver(
  client: LabClient,
): Promise<(connection: Connection) => Promise<Driver>> {
  await shareTypeError()
  if (client.language === 'python') {
    const { startPythonDriver } = await import('../drivers/python.ts')
    return (connection) => Promise.resolve(startPythonDriver(client.name, connection))
  }
  const driver = (await import(`../drivers/${client.driver}.ts`)) as { createDriver: CreateDriver }
  return (connection) => Promise.resolve(driver.createDriver(connection))
}
