import type { Provider } from '@sluice/catalogue/catalogue'
import type { CatalogueSource } from '@sluice/catalogue/open-catalogue'
import type { ProviderAdapterMetrics, ProviderMetrics } from './metrics.ts'
import { createCredential, createHeaderFilter } from './upstream-headers.ts'

/** A provider row made ready to be called: everything that is the same for each of its calls. */
export interface CallableProvider {
  readonly name: string
  readonly baseUrl: string
  /** An answer that is left early costs no more than what was read of it. */
  readonly abortStopsBilling: boolean
  readonly addCredential: (into: Record<string, string>) => void
  readonly addCallerHeaders: (
    callerHeaders: Readonly<Record<string, string>>,
    into: Record<string, string>,
  ) => void
  readonly metrics: ProviderMetrics
}

/** Looks a route's provider up; rows are prepared at their first call, and again when the catalogue changed them. */
export function createProviders(catalogue: CatalogueSource, metrics: ProviderAdapterMetrics) {
  const prepared = new Map<
    string,
    { readonly row: Provider; readonly callable: CallableProvider }
  >()
  return (name: string): CallableProvider | null => {
    const row = catalogue.current.providers.get(name)
    if (!row) return null
    const known = prepared.get(name)
    if (known?.row === row) return known.callable
    const callable = {
      name,
      baseUrl: row.baseUrl,
      abortStopsBilling: row.abortStopsBilling,
      addCredential: createCredential(row),
      addCallerHeaders: createHeaderFilter(row),
      metrics: metrics.forProvider(name),
    }
    prepared.set(name, { row, callable })
    return callable
  }
}
