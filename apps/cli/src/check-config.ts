import { environment as adapters } from '@sluice/adapters/adapters-config'
import { readApiAddress } from '@sluice/adapters/api-address'
import { environment as processSettings } from '@sluice/adapters/process-config'
import { environmentProviders } from '@sluice/catalogue/environment-providers'
import { readConfiguredFile } from '@sluice/catalogue/open-catalogue'
import { configurationError, readEnvironment } from '@sluice/kernel/env'
import { GatewayError } from '@sluice/kernel/errors'
import { type CommandContext, print } from './command.ts'

/** Every problem of every part at once; throws one error that lists them. */
export function checkConfig(context: CommandContext): Promise<void> {
  const { env } = context
  const parts: readonly (() => unknown)[] = [
    () => readEnvironment(adapters, env),
    () => readEnvironment(processSettings, env),
    () => readApiAddress(env),
    () => environmentProviders(env),
    () => readConfiguredFile(env),
  ]
  const problems: string[] = []
  for (const part of parts) {
    try {
      part()
    } catch (error) {
      if (!GatewayError.is(error)) throw error
      problems.push(...error.message.split('\n'))
    }
  }
  if (problems.length > 0) throw configurationError(problems)
  print(context, { ok: true }, 'The configuration is valid.')
  return Promise.resolve()
}
