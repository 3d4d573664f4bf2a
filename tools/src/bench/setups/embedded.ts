import { join } from 'node:path'
import { repository } from '../../repository.ts'
import { freePort } from '../../processes/free-port.ts'
import { startChild, until, type ChildOptions } from '../child.ts'
import type { Endpoint } from '../load/protocol.ts'
import { answers } from '../probe.ts'
import type { Setup, SetupContext } from '../setup.ts'
import { nodeFlags, sluiceEndpoint, sluiceEnvironment } from './sluice.ts'

export interface EmbeddedOptions {
  readonly name: string
  readonly ledger: boolean
  /** What is asked for; the model that is passed through unless given. */
  readonly model?: string
  readonly title: string
}

/** `npm start` without its wrapper, so that the process measured is the gateway. */
export async function embeddedCommand(
  context: SetupContext,
  { name, ledger, model }: Omit<EmbeddedOptions, 'title'>,
): Promise<{ child: ChildOptions; endpoint: Endpoint }> {
  const port = await freePort()
  return {
    child: {
      program: process.execPath,
      args: [...nodeFlags, join(repository, 'apps', 'gateway', 'src', 'main.ts')],
      env: {
        ...sluiceEnvironment(context, name),
        PORT: String(port),
        DATA_DIR: join(context.dir, `${name}-data`),
        ...(ledger ? {} : { LEDGER_ENABLED: 'false' }),
      },
      cwd: context.dir,
      logFile: join(context.dir, `${name}.log`),
      stopMs: 20_000,
    },
    endpoint: sluiceEndpoint(port, model),
  }
}

export function embedded(options: EmbeddedOptions): Setup {
  return {
    name: options.name,
    async start(context) {
      const command = await embeddedCommand(context, options)
      const child = startChild(command.child)
      try {
        await until('Sluice', 30_000, () => answers(command.endpoint), child.assertRunning)
      } catch (error) {
        await child[Symbol.asyncDispose]()
        throw error
      }
      return {
        title: `Sluice in one process, ${options.title}`,
        endpoint: command.endpoint,
        parts: () => [{ name: 'gateway', role: 'path', pids: [child.pid] }],
        [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
      }
    },
  }
}
