import { wholeList } from '@sluice/contracts/http/paging'
import { timeOf } from '@sluice/contracts/http/shapes'
import { catalogueFor } from '@sluice/catalogue/catalogue'
import * as routes from '@sluice/contracts/http/routes/providers'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { ModelRow } from '@sluice/contracts/rows/model-row'
import type { StoredModel, StoredRows } from '@sluice/contracts/rows/stored-rows'
import { handle, type Handled } from '@sluice/management'
import type { ManageContext } from './context.ts'
import {
  changeableProvider,
  fixedProvider,
  notFound,
  readOnly,
  requirePlatform,
  requireRoom,
  taken,
  visible,
} from './whose.ts'
import { checkedRow, invalid, patched } from './written-row.ts'

/** `/v1/providers/{name}/models`. */
export function modelHandlers(context: ManageContext): Handled[] {
  const { stored, clock } = context
  return [
    handle(routes.listProviderModels, ({ principal, params: { name } }) => {
      const rows = stored.known?.value
      const provider = rows && visible(rows.providers, principal, (row) => row.row.name === name)
      if (!provider && !fixedProvider(name, principal, context)) throw notFound()
      const tenant = provider?.tenant ?? null
      const own = (rows?.models ?? []).filter(
        (model) => model.tenant === tenant && model.row.provider === name,
      )
      const fixed = fixedModels(name, own, principal, context)
      const made = own.filter(({ row }) => !context.catalogue.isOfFile('models', row.name))
      const data = [...made.map((model) => modelView(model, principal)), ...fixed]
      return Promise.resolve({ body: wholeList(data) })
    }),
    handle(routes.createProviderModel, async ({ principal, params, body }) => {
      const made = await stored.change((rows) => {
        const tenant = ownerOfModels(rows, params.name, principal, context)
        const row = checkedRow(ModelRow, { ...body, provider: params.name })
        requireFreeName(rows, row.name, principal, context)
        requireRoom(rows, 'models', tenant)
        checkModel(rows, row, principal, context)
        const result: StoredModel = { tenant, row, updatedAt: clock.now() }
        return { changes: [{ put: 'model', row: result }], result }
      })
      const view = modelView(made, principal)
      return { body: view, audit: { target: `model:${made.row.name}`, after: view } }
    }),
    handle(routes.changeProviderModel, async ({ principal, params: { name, model }, body }) => {
      const { before, after } = await stored.change((rows) => {
        const found = modelAt(rows, name, model, principal, context)
        const row = patched(ModelRow, found.row, body)
        checkModel(rows, row, principal, context)
        const changed = { ...found, row, updatedAt: clock.now() }
        return {
          changes: [{ put: 'model', row: changed }],
          result: { before: found, after: changed },
        }
      })
      const view = modelView(after, principal)
      const audit = { target: `model:${model}`, before: modelView(before, principal), after: view }
      return { body: view, audit }
    }),
    handle(routes.removeProviderModel, async ({ principal, params: { name, model } }) => {
      const before = await stored.change((rows) => {
        const found = modelAt(rows, name, model, principal, context)
        const { tenant } = found
        return { changes: [{ remove: 'model', tenant, name: model }], result: found }
      })
      return {
        body: null,
        audit: { target: `model:${model}`, before: modelView(before, principal) },
      }
    }),
  ]
}

function modelView(
  { tenant, row, updatedAt }: StoredModel,
  { access }: Principal,
): routes.ModelView {
  const read_only = tenant === null && !access.platform
  return {
    ...row,
    origin: 'database',
    read_only,
    shared: tenant === null,
    updated_at: timeOf(updatedAt),
  }
}

/** What a provider has that no row of the database says: models of the file, found ones, the demo's. */
function fixedModels(
  provider: string,
  stored: readonly StoredModel[],
  { caller }: Principal,
  { catalogue }: ManageContext,
): routes.ModelView[] {
  const { providers, models } = catalogueFor(catalogue.current, caller.tenantId)
  const isBuiltIn = providers.get(provider)?.origin === 'built-in'
  const found = isBuiltIn ? ('built-in' as const) : ('environment' as const)
  const names = new Set(stored.map(({ row }) => row.name))
  return [...models.values()].flatMap((model) => {
    const isOfFile = catalogue.isOfFile('models', model.name)
    if (model.provider !== provider || (names.has(model.name) && !isOfFile)) return []
    const { name, upstreamModel, price, capabilities, maxTotalTokens, maxConcurrent } = model
    const view: routes.ModelView = {
      name,
      provider,
      upstream_model: upstreamModel,
      price: price ?? 'free',
      capabilities,
      ...(maxTotalTokens === null ? {} : { max_total_tokens: maxTotalTokens }),
      ...(maxConcurrent === null ? {} : { max_concurrent: maxConcurrent }),
      ...(model.fallbacks.length === 0 ? {} : { fallbacks: [...model.fallbacks] }),
      origin: isOfFile ? 'file' : found,
      read_only: true,
      shared: true,
    }
    return [view]
  })
}

/** Whose models of this provider are: they are its owner's, so that nobody prices calls on another's credential. */
function ownerOfModels(
  rows: StoredRows,
  provider: string,
  principal: Principal,
  context: ManageContext,
): string | null {
  if (!fixedProvider(provider, principal, context))
    return changeableProvider(rows, provider, principal, context).tenant
  requirePlatform(principal)
  return null
}

function modelAt(
  rows: StoredRows,
  provider: string,
  name: string,
  principal: Principal,
  context: ManageContext,
): StoredModel {
  const tenant = ownerOfModels(rows, provider, principal, context)
  const found = rows.models.find(
    (model) =>
      model.tenant === tenant && model.row.provider === provider && model.row.name === name,
  )
  if (found) return found
  throw context.catalogue.isOfFile('models', name) ? readOnly() : notFound()
}

/** Models and aliases are asked for by the same names. A model that was found at a provider of the environment may get a row. */
export function requireFreeName(
  rows: StoredRows,
  name: string,
  principal: Principal,
  { catalogue }: Pick<ManageContext, 'catalogue'>,
): void {
  const model = visible(rows.models, principal, (each) => each.row.name === name)
  const alias = visible(rows.aliases, principal, (each) => each.name === name)
  const isOfFile = catalogue.isOfFile('models', name) || catalogue.isOfFile('aliases', name)
  if (model || alias || isOfFile) throw taken(name)
  const listed = catalogueFor(catalogue.current, principal.caller.tenantId).models.get(name)
  if (listed && !principal.access.platform) throw taken(name)
}

/** What a schema does not see. */
export function checkModel(
  rows: StoredRows,
  row: ModelRow,
  principal: Principal,
  { catalogue }: Pick<ManageContext, 'catalogue'>,
): void {
  if (row.price === undefined)
    throw invalid('give one in USD per 1M tokens, or write "free"', 'price')
  const { models } = catalogueFor(catalogue.current, principal.caller.tenantId)
  for (const fallback of row.fallbacks ?? []) {
    const isKnown =
      models.has(fallback) ||
      visible(rows.models, principal, (each) => each.row.name === fallback) !== undefined
    if (fallback === row.name) throw invalid('it is the model itself', 'fallbacks')
    if (!isKnown && !fallback.includes('/'))
      throw invalid(`no model named ${fallback}`, 'fallbacks')
  }
}
