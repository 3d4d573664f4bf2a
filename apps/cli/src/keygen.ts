import { mintKey } from '@sluice/auth/mint-key'
import { type CommandContext, print } from './command.ts'

/** 256 random bits, in the form that scanners of leaked secrets recognise. */
export function keygen(context: CommandContext): void {
  const { key } = mintKey()
  print(context, { key }, key)
}
