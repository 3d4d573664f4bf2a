import type { Command } from 'commander'

/** Every command as a row of docs/cli.md, in their order. */
export function commandList(program: Command, before = 'sluice'): string[] {
  return program.commands.flatMap((command) => {
    const name = `${before} ${command.name()}`
    if (command.commands.length > 0) return commandList(command, name)
    const given = command.registeredArguments.map((argument) =>
      argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
    )
    const options = command.options
      .filter(({ long }) => long !== '--help')
      .map(({ flags, mandatory }) => `\`${flags}\`${mandatory ? ' (required)' : ''}`)
    const cells = [`\`${[name, ...given].join(' ')}\``, command.description(), options.join(', ')]
    return [`| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`]
  })
}
