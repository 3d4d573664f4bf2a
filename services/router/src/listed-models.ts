import type { Catalogue } from '@sluice/catalogue/catalogue'
import type { Capabilities } from '@sluice/contracts/rows/capabilities'
import type { ListedModel } from '@sluice/contracts/rpc/router'

/** The catalogue has no dates of its own; clients need a number that does not change between calls. */
const created = 1_767_225_600

/** What `/v1/models` shows: aliases first, since they are the names an operator made for callers. */
export function listedModels({ models, aliases }: Catalogue): ListedModel[] {
  const listed: ListedModel[] = []
  for (const { name, model } of aliases.values()) {
    const capabilities = said(models.get(model)?.capabilities ?? {})
    listed.push({ id: name, ownedBy: 'alias', created, capabilities })
  }
  for (const { name, provider, capabilities } of models.values()) {
    listed.push({ id: name, ownedBy: provider, created, capabilities: said(capabilities) })
  }
  return listed
}

/** What its row says, and nothing about what it does not. */
function said(capabilities: Capabilities): Record<string, boolean | number> {
  const entries = Object.entries(capabilities).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Record<string, boolean | number>
}
