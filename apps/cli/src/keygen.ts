import { randomBytes } from 'node:crypto'
import { type CommandContext, print } from './command.ts'

/** 256 random bits, in the form that secret scanners recognise by its prefix. */
export function keygen(context: CommandContext): void {
  const key = `gw_live_${randomBytes(32).toString('base64url')}`
  print(context, { key }, key)
}
