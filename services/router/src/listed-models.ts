import type { Catalogue, Model } from '@sluice/catalogue/catalogue'
import type { Capabilities } from '@sluice/contracts/rows/capabilities'
import type { ListedModel } from '@sluice/contracts/rpc/router'
import { modelNamed } from './choose-model.ts'

/** The catalogue has no dates of its own; clients need a number that does not change between calls. */
const created = 1_767_225_600

/** What `/v1/models` shows: aliases first, since they are the names an operator made for callers; without those whose model is gone. */
export function listedModels(catalogue: Catalogue): ListedModel[] {
  const listed: ListedModel[] = []
  for (const { name, model, maxTokens } of catalogue.aliases.values()) {
    const target = modelNamed(model, catalogue)
    if (!target) continue
    const { capabilities, price, maxOutputTokens } = told(target)
    listed.push({
      id: name,
      ownedBy: 'alias',
      created,
      capabilities,
      price,
      maxOutputTokens: lesser(maxTokens, maxOutputTokens),
    })
  }
  for (const model of catalogue.models.values())
    listed.push({ id: model.name, ownedBy: model.provider, created, ...told(model) })
  return listed
}

function lesser(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b)
}

function told({ capabilities, price }: Model) {
  const maxOutputTokens = capabilities.max_output_tokens ?? null
  return { capabilities: said(capabilities), price, maxOutputTokens }
}

/** What its row says, and nothing about what it does not. */
function said(capabilities: Capabilities): Record<string, boolean | number> {
  const entries = Object.entries(capabilities).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Record<string, boolean | number>
}
