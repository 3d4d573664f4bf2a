import type { LookupFunction } from 'node:net'
import type { Provider } from '@sluice/catalogue/catalogue'
import type { OutboundGuard } from '@sluice/outbound-guard'
import type { UpstreamTls } from '@sluice/upstream'
import type { ProviderAdapterConfig } from './config.ts'
import { readTls } from './read-tls.ts'

interface ConnectionContext {
  readonly config: Pick<ProviderAdapterConfig, 'tls'>
  readonly guard: OutboundGuard
}

/**
 * How a provider is connected to. An address that a tenant wrote is checked as a text and again when it is resolved: the socket goes to the very
 * addresses that were checked.
 */
export function connectionOf(
  row: Provider,
  { config, guard }: ConnectionContext,
): UpstreamTls | null {
  const tls = readTls(row.tls ?? config.tls)
  if (row.tenant === null) return tls
  const checked = guard.lookup(guard.check(row.baseUrl))
  const lookup: LookupFunction = (hostname, options, callback) => {
    checked(hostname, options, (error, ...found) => {
      // Whoever calls is not at fault for the address of its provider: to it this is one that cannot be reached.
      callback(error === null ? null : new Error(error.message), ...found)
    })
  }
  return { ...(tls ?? { ca: null, cert: null, key: null, verify: true }), lookup }
}
