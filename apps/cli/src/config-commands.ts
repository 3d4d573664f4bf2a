import type { Command } from 'commander'
import type { CommandContext } from './command.ts'

/** `config …`: what a gateway that is started here, with this environment, would run with. */
export function addConfigCommands(program: Command, context: () => CommandContext): void {
  const config = program.command('config').description('settings: the environment and sluice.yaml')
  config
    .command('show [prefix]')
    .description('every setting, what it is and where that comes from; secrets are masked')
    .action(async (prefix: string | undefined) => {
      const { showConfig } = await import('./config-show.ts')
      showConfig(context(), prefix ?? '')
    })
  config
    .command('set <key> <value>')
    .description('change a value of sluice.yaml, such as models.acme/fast.price.input 0.2')
    .action(async (key: string, value: string) => {
      const { setConfig } = await import('./config-set.ts')
      setConfig(context(), key, value)
    })
  config
    .command('unset <key>')
    .description('take a value of sluice.yaml away')
    .action(async (key: string) => {
      const { setConfig } = await import('./config-set.ts')
      setConfig(context(), key, undefined)
    })
}
