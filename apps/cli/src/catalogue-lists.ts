import { type CommandContext, print } from './command.ts'
import { type GatewayOptions, openGateway } from './gateway-client.ts'

/** Models and aliases that this key may ask for. */
export async function listModels(context: CommandContext, options: GatewayOptions): Promise<void> {
  const list = await openGateway(context.env, options).read((sluice) => sluice.GET('/v1/models'))
  const lines = list.data.map(({ id, owned_by }) => [id, owned_by].join('\t'))
  print(context, list, lines.join('\n'))
}

/** Providers that this tenant can call, and how they stand. */
export async function listProviders(
  context: CommandContext,
  options: GatewayOptions,
): Promise<void> {
  const list = await openGateway(context.env, options).read((sluice) => sluice.GET('/v1/providers'))
  const lines = list.data.map(({ name, wire, origin, enabled, models, health }) => {
    const seen = [...new Set(health.map(({ status }) => status))].join(', ')
    const state = enabled ? seen || 'not called yet' : 'disabled'
    return [name, wire, origin, `${String(models.length)} models`, state].join('\t')
  })
  print(context, list, lines.join('\n'))
}
