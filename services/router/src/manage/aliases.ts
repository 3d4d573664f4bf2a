import { wholeList } from '@sluice/contracts/http/paging'
import { timeOf } from '@sluice/contracts/http/shapes'
import { type Alias, catalogueFor } from '@sluice/catalogue/catalogue'
import * as routes from '@sluice/contracts/http/routes/providers'
import type { Principal } from '@sluice/contracts/rpc/manage'
import type { StoredAlias } from '@sluice/contracts/rows/stored-rows'
import { handle, type Handled } from '@sluice/management'
import { modelNamed } from '../choose-model.ts'
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
      const isOfFile = ({ name }: { name: string }) => catalogue.isOfFile('aliases', name)
      const own = (stored.known?.value.aliases ?? []).filter(
        (alias) => (alias.tenant === null || alias.tenant === tenantId) && !isOfFile(alias),
      )
      const fixed = [...catalogue.current.aliases.values()].filter(isOfFile)
      const views = [...own.map((alias) => aliasView(alias, principal)), ...fixed.map(fixedView)]
      const data = views.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      return Promise.resolve({ body: wholeList(data) })
    }),
    handle(routes.putAlias, async ({ principal, params: { name }, body: { shared, ...row } }) => {
      if (catalogue.isOfFile('aliases', name)) throw readOnly()
      const { before, after } = await stored.change((rows) => {
        const known = visible(rows.aliases, principal, (alias) => alias.name === name)
        const tenant = known ? known.tenant : ownerOf(principal, shared)
        if (tenant === null) requirePlatform(principal)
        if (!known) {
          requireFreeName(rows, name, principal, context)
          requireRoom(rows, 'aliases', tenant)
        }
        const callable = catalogueFor(catalogue.current, principal.caller.tenantId)
        const isKnown =
          modelNamed(row.model, callable) !== null ||
          visible(rows.models, principal, (model) => model.row.name === row.model) !== undefined
        if (!isKnown) throw invalid(`no model named ${row.model}`, 'model')
        const made: StoredAlias = { tenant, name, row, updatedAt: clock.now() }
        return { changes: [{ put: 'alias', row: made }], result: { before: known, after: made } }
      })
      const view = aliasView(after, principal)
      const audit = {
        target: `alias:${name}`,
        before: before && aliasView(before, principal),
        after: view,
      }
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
      return {
        body: null,
        audit: { target: `alias:${name}`, before: aliasView(before, principal) },
      }
    }),
  ]
}

function aliasView(
  { tenant, name, row, updatedAt }: StoredAlias,
  { access }: Principal,
): routes.AliasView {
  return {
    name,
    ...row,
    origin: 'database',
    read_only: tenant === null && !access.platform,
    shared: tenant === null,
    updated_at: timeOf(updatedAt),
  }
}

function fixedView({ name, model, maxTokens }: Alias): routes.AliasView {
  const cap = maxTokens === null ? {} : { max_tokens: maxTokens }
  return { name, model, ...cap, origin: 'file', read_only: true, shared: true }
}
