import type { Command } from 'commander'
import type { CommandContext } from './command.ts'
import type { GatewayOptions } from './gateway-client.ts'

type Show = (context: CommandContext, options: GatewayOptions) => Promise<void>

/** `status`, `models`, `providers`: they ask a running gateway, over HTTP. */
export function addGatewayCommands(program: Command, context: () => CommandContext): void {
  const add = (name: string, description: string, load: () => Promise<Show>) => {
    program
      .command(name)
      .description(description)
      .option('--url <url>', 'of the gateway; default: SLUICE_URL, else the one of this machine')
      .option(
        '--key <key>',
        'default: SLUICE_KEY, AUTH_TOKEN, else the development key of this machine',
      )
      .action(async (options: GatewayOptions) => {
        const show = await load()
        await show(context(), options)
      })
  }
  add(
    'status',
    'whether a gateway is ready, and with what; exit code 1 when not',
    async () => (await import('./status.ts')).showStatus,
  )
  add(
    'models',
    'the models and aliases that a key may ask for',
    async () => (await import('./catalogue-lists.ts')).listModels,
  )
  add(
    'providers',
    'the providers that a tenant can call, and how they stand',
    async () => (await import('./catalogue-lists.ts')).listProviders,
  )
}
