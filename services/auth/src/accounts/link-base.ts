import { GatewayError } from '@sluice/kernel/errors'
import type { AccountsConfig } from '../accounts-config.ts'
import { accountErrors } from './errors.ts'

/** What a link to the gateway begins with. Throws where nobody knows it. */
export function linkBaseOf({ linkBase }: Pick<AccountsConfig, 'linkBase'>): string {
  if (linkBase === null) throw new GatewayError(accountErrors.public_url_missing)
  return linkBase
}
