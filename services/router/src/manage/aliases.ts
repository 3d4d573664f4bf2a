import { catalogueFor } from '@sluice/catalogue/catalogue'
import * as routes from '@sluice/contracts/http/routes/providers'
import type { StoredAlias } from '@sluice/contracts/rows/stored-rows'
import { handle, type Handled } from '@sluice/management'
import type { ManageContext } from './context.ts'
import { requireFreeName } from './models.ts'
import { notFound, ownerOf, readOnly, requirePlatform, requireRoom, visible } from './whose.ts'
import { invalid } from './written-row.ts'

/** `/v1/aliases`. */
export function aliasHandlers(context: ManageContext): Handled[] {
  const { stored, clock, catalogue } = context
  return [
    handle(routes.listAliases, ({ principal }) => {
      const { tenantId } = principal.caller
      const data = (stored.known?.value.aliases ?? [])
        .filter(({ tenant }) => tenant === null || tenant === tenantId)
        .map(aliasView)
      return Promise.resolve({ body: { data } })
    }),
    handle(routes.putAlias, async ({ principal, params: { name }, body: { shared, ...row } }) => {
      const { before, after } = await stored.change((rows) => {
        const known = visible(rows.aliases, principal, (alias) => alias.name === name)
        const tenant = known ? known.tenant : ownerOf(principal, shared)
        if (tenant === null) requirePlatform(principal)
        if (!known) {
          requireFreeName(rows, name, principal, context)
          requireRoom(rows, 'aliases', tenant)
        }
        const { models } = catalogueFor(catalogue.current, principal.caller.tenantId)
        const isKnown =
          models.has(row.model) ||
          visible(rows.models, principal, (model) => model.row.name === row.model) !== undefined
        if (!isKnown && !row.model.includes('/'))
          throw invalid(`no model named ${row.model}`, 'model')
        const made: StoredAlias = { tenant, name, row, updatedAt: clock.now() }
        return { changes: [{ put: 'alias', row: made }], result: { before: known, after: made } }
      })
      const view = aliasView(after)
      const audit = { target: `alias:${name}`, before: before && aliasView(before), after: view }
      return { body: view, audit }
    }),
    handle(routes.removeAlias, async ({ principal, params: { name } }) => {
      const before = await stored.change((rows) => {
        const found = visible(rows.aliases, principal, (alias) => alias.name === name)
        if (!found) throw catalogue.isOfFile('aliases', name) ? readOnly() : notFound()
        if (found.tenant === null) requirePlatform(principal)
        const { tenant } = found
        return { changes: [{ remove: 'alias', tenant, name }], result: found }
      })
      return { body: null, audit: { target: `alias:${name}`, before: aliasView(before) } }
    }),
  ]
}

function aliasView({ tenant, name, row, updatedAt }: StoredAlias) {
  return { name, ...row, shared: tenant === null, updated_at: updatedAt }
}
