import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { planDemoProvider } from '../cluster/service-plans.ts'
import { freePort } from '../processes/free-port.ts'
import { nodeProgram, servesReadiness } from '../processes/node-program.ts'
import { runProgram } from '../processes/running-program.ts'

export interface EmbeddedGateway extends AsyncDisposable {
  /** What the black-box tests find it by. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * The gateway as `npm start` runs it, on ports and data of its own, whatever stores the environment names. The demo provider is a process
 * beside it, because only there it writes down the calls it served.
 */
export async function startEmbeddedGateway(
  dir: string,
  env: Readonly<Record<string, string>>,
): Promise<EmbeddedGateway> {
  const [port, observabilityPort] = [await freePort(), await freePort()]
  const key = `e2e-${randomBytes(24).toString('base64url')}`
  const demoLog = join(dir, 'demo-provider.jsonl')
  const demo = await planDemoProvider(dir, demoLog)
  const gateway = nodeProgram({
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
      DEMO_PROVIDER_URL: demo.api ?? '',
    },
    logFile: join(dir, 'logs', 'gateway.log'),
    ready: () => servesReadiness(observabilityPort),
  })
  await using stack = new AsyncDisposableStack()
  stack.use(await runProgram(demo.program))
  stack.use(await runProgram(gateway))
  const running = stack.move()
  return {
    env: { SLUICE_API: `http://127.0.0.1:${String(port)}`, SLUICE_KEY: key, DEMO_LOG: demoLog },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
