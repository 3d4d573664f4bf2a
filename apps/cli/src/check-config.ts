import { readGatewayConfig } from '@sluice/gateway/config'
import { type CommandContext, print } from './command.ts'

/** Throws one error that lists every problem that would end a start. */
export function checkConfig(context: CommandContext): void {
  readGatewayConfig(context.env, 0)
  print(context, { ok: true }, 'The configuration is valid.')
}
