import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { freePort } from '../processes/free-port.ts'
import { identify } from '../processes/process-identity.ts'
import { nodeProgram, servesReadiness } from '../processes/node-program.ts'
import { startProgram } from '../processes/program.ts'
import { stopProcess } from '../processes/stop-process.ts'
import { waitUntilReady } from '../processes/wait-until-ready.ts'

const startTimeoutMs = 60_000
const stopTimeoutMs = 30_000

export interface EmbeddedGateway extends AsyncDisposable {
  /** What the black-box tests find it by. */
  readonly env: Readonly<Record<string, string>>
}

/** The gateway as `npm start` runs it, on ports and data of its own, whatever stores the environment names. */
export async function startEmbeddedGateway(
  dir: string,
  env: Readonly<Record<string, string>>,
): Promise<EmbeddedGateway> {
  const [port, observabilityPort] = [await freePort(), await freePort()]
  const key = `e2e-${randomBytes(24).toString('base64url')}`
  const demoLog = join(dir, 'demo-provider.jsonl')
  const program = nodeProgram({
    name: 'gateway',
    file: 'apps/gateway/src/main.ts',
    args: [],
    env: {
      ...env,
      REDIS_URL: '',
      DATABASE_URL: '',
      KAFKA_BROKERS: '',
      PORT: String(port),
      OBSERVABILITY_PORT: String(observabilityPort),
      DATA_DIR: join(dir, 'data'),
      AUTH_TOKEN: key,
      DEMO_LOG: demoLog,
    },
    logFile: join(dir, 'logs', 'gateway.log'),
    ready: () => servesReadiness(observabilityPort),
  })
  const child = startProgram(program)
  const identity = child.pid === undefined ? null : identify(child.pid)
  const stop = async () => {
    if (identity) await stopProcess(identity, 'SIGTERM', stopTimeoutMs)
  }
  try {
    await waitUntilReady(program, child, startTimeoutMs)
  } catch (error) {
    await stop()
    throw error
  }
  const found = {
    SLUICE_API: `http://127.0.0.1:${String(port)}`,
    SLUICE_KEY: key,
    DEMO_LOG: demoLog,
  }
  return { env: found, [Symbol.asyncDispose]: stop }
}
