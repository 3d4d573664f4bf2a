import { readGatewayConfig } from '@sluice/gateway/config'
import { type CommandContext, print } from './command.ts'

/** Throws one error that lists every problem that would end a start. */
export function checkConfig(context: CommandContext): void {
  const { file } = readGatewayConfig(context.env, 0)
  const found = file && {
    providers: file.providers.length,
    models: file.models.length,
    aliases: Object.keys(file.aliases).length,
    keys: file.keys.length,
  }
  const counts = Object.entries(found ?? {}).map(([what, count]) => `${String(count)} ${what}`)
  const path = context.env['CONFIG_PATH'] ?? 'sluice.yaml'
  const sentence = found
    ? `${path}: ${counts.join(', ')}.`
    : `There is no ${path} here; the environment alone is used.`
  print(context, { ok: true, file: found }, `The configuration is valid. ${sentence}`)
}
