import { wholeList } from '@sluice/contracts/http/paging'
import { providerId } from '@sluice/catalogue/catalogue'
import * as routes from '@sluice/contracts/http/routes/providers'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { providerResetChannel, testProvider } from '@sluice/contracts/rpc/provider-adapter'
import type { ProviderAuthRow } from '@sluice/contracts/rows/provider-row'
import type { StoredRows } from '@sluice/contracts/rows/stored-rows'
import { handle, type Handled } from '@sluice/management'
import { callRpc } from '@sluice/work-queue/rpc'
import type { ManageContext } from './context.ts'
import { changedProvider, newProvider } from './provider-edits.ts'
import { fixedView, providerViews, storedView } from './provider-view.ts'
import { changeableProvider, fixedProvider, notFound, visible } from './whose.ts'
import { invalid } from './written-row.ts'

const testTimeoutMs = 10_000

/** `/v1/providers` without the models. */
export function providerHandlers(context: ManageContext): Handled[] {
  const { stored, queue } = context
  const viewOf = (name: string, principal: Principal) => {
    const row = visible(rowsOf(context).providers, principal, (each) => each.row.name === name)
    const fixed = fixedProvider(name, principal, context)
    // Everybody's of the file or the environment goes before a row that has its name.
    if (fixed) return fixedView(fixed, principal, context)
    if (row) return storedView(row, principal, context)
    throw notFound()
  }
  const change = (
    name: string,
    principal: Principal,
    patchOf: (rows: StoredRows) => Patch,
  ): Promise<Changed> =>
    stored.change((rows) => {
      const { before, after } = changedProvider(rows, name, patchOf(rows), principal, context)
      const view = (row: typeof after) => audited(storedView(row, principal, context))
      return {
        changes: [{ put: 'provider', row: after }],
        result: { before: view(before), after: view(after) },
      }
    })
  const changed = async (
    name: string,
    principal: Principal,
    patch: (rows: StoredRows) => Patch,
  ) => {
    const audit = { target: `provider:${name}`, ...(await change(name, principal, patch)) }
    return { body: viewOf(name, principal), audit }
  }
  const requireVisible = (name: string, principal: Principal): string => {
    viewOf(name, principal)
    const row = visible(rowsOf(context).providers, principal, (each) => each.row.name === name)
    const isOwn = row?.tenant != null && !fixedProvider(name, principal, context)
    return providerId({ tenant: isOwn ? row.tenant : null, name })
  }
  return [
    handle(routes.listProviders, ({ principal }) =>
      Promise.resolve({ body: wholeList(providerViews(principal, context)) }),
    ),
    handle(routes.createProvider, async ({ principal, body: { shared, ...row } }) => {
      const made = await stored.change((rows) => {
        const result = newProvider(rows, row, { principal, shared }, context)
        return { changes: [{ put: 'provider', row: result }], result }
      })
      const body = storedView(made, principal, context)
      return { body, audit: { target: `provider:${row.name}`, after: audited(body) } }
    }),
    handle(routes.readProvider, ({ principal, params }) =>
      Promise.resolve({ body: viewOf(params.name, principal) }),
    ),
    handle(routes.changeProvider, ({ principal, params, body }) =>
      changed(params.name, principal, () => body as Patch),
    ),
    handle(routes.removeProvider, async ({ principal, params: { name } }) => {
      const before = await stored.change((rows) => {
        const row = changeableProvider(rows, name, principal, context)
        const { tenant } = row
        const result = audited(storedView(row, principal, context))
        return { changes: [{ remove: 'provider', tenant, name }], result }
      })
      return { body: null, audit: { target: `provider:${name}`, before } }
    }),
    handle(routes.setProviderKey, ({ principal, params: { name }, body }) =>
      changed(name, principal, (rows) => {
        if ('auth' in body) return { auth: body.auth }
        const { auth } = changeableProvider(rows, name, principal, context)
        return { auth: sameKind(auth?.masked['type'], body.key) }
      }),
    ),
    handle(routes.enableProvider, ({ principal, params }) =>
      changed(params.name, principal, () => ({ enabled: null })),
    ),
    handle(routes.disableProvider, ({ principal, params }) =>
      changed(params.name, principal, () => ({ enabled: false })),
    ),
    handle(routes.resetProvider, async ({ principal, params: { name } }) => {
      const id = requireVisible(name, principal)
      await queue.broadcast(providerResetChannel, { id })
      return { body: { name, status: 'resetting' as const }, audit: { target: `provider:${name}` } }
    }),
    handle(routes.testProvider, async ({ principal, params: { name } }) => {
      requireVisible(name, principal)
      const asked = { provider: name, tenantId: principal.caller.tenantId }
      const { status, latencyMs, problem } = await callRpc(queue, testProvider, asked, {
        timeoutMs: testTimeoutMs,
      })
      const ok = status !== null && status < 400
      return { body: { ok, status, latency_ms: latencyMs, problem } }
    }),
  ]
}

type Patch = Readonly<Record<string, unknown>> & { readonly auth?: ProviderAuthRow | null }
interface Changed {
  readonly before: unknown
  readonly after: unknown
}

function rowsOf({ stored }: Pick<ManageContext, 'stored'>): StoredRows {
  return stored.known?.value ?? { providers: [], models: [], aliases: [] }
}

/** Another key of the kind that is there. */
function sameKind(type: string | string[] | undefined, key: string | string[]): ProviderAuthRow {
  if (type === undefined || type === 'none') return { type: 'bearer', key }
  if (type === 'bearer' || type === 'x-api-key' || type === 'x-goog-api-key' || type === 'api-key')
    return { type, key }
  throw invalid(`a credential of the type ${String(type)} is replaced as a whole: give auth`, 'key')
}

/** What it is, without how it stands. */
function audited({ health: _health, models: _models, ...view }: routes.ProviderView) {
  return view
}
