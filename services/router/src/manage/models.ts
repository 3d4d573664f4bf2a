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
      const data = (rows?.models ?? [])
        .filter((model) => model.tenant === tenant && model.row.provider === name)
        .map(modelView)
      return Promise.resolve({ body: { data } })
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
      const view = modelView(made)
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
      const view = modelView(after)
      const audit = { target: `model:${model}`, before: modelView(before), after: view }
      return { body: view, audit }
    }),
    handle(routes.removeProviderModel, async ({ principal, params: { name, model } }) => {
      const before = await stored.change((rows) => {
        const found = modelAt(rows, name, model, principal, context)
        const { tenant } = found
        return { changes: [{ remove: 'model', tenant, name: model }], result: found }
      })
      return { body: null, audit: { target: `model:${model}`, before: modelView(before) } }
    }),
  ]
}

function modelView({ tenant, row, updatedAt }: StoredModel) {
  return { ...row, shared: tenant === null, updated_at: updatedAt }
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
