import { timeOf } from '@sluice/contracts/http/shapes'
import {
  addMember,
  createGroup,
  deleteGroup,
  type GroupView,
  listGroups,
  listMembers,
  readGroup,
  removeMember,
  updateGroup,
} from '@sluice/contracts/http/routes/groups'
import { type Handled, handle } from '@sluice/management'
import type { Group } from '@sluice/store/tenancy'
import { added, found, listOf, type ManageContext } from './context.ts'

const maxGroups = 1_000

export function groupHandlers(context: ManageContext): readonly Handled[] {
  const { store, accounts, clock, onChanged, onRevision } = context
  const find = async (tenantId: string, id: string) =>
    found(await store.groups.find(tenantId, id), 'group')

  const requireProjects = async (tenantId: string, projects: readonly string[] = []) => {
    for (const id of projects) found(await store.projects.find(tenantId, id), 'project')
  }

  return [
    handle(createGroup, async ({ principal, body }) => {
      const { tenantId } = principal.caller
      await requireProjects(tenantId, body.projects)
      const group: Group = {
        tenantId,
        id: body.id,
        name: body.name ?? body.id,
        models: body.models ?? [],
        projects: body.projects ?? [],
        createdAt: clock.now(),
      }
      onChanged(added(await store.groups.add(group, maxGroups), 'group'), tenantId)
      const after = viewOf(group)
      return { body: after, audit: { target: `group:${body.id}`, after } }
    }),
    handle(listGroups, async ({ principal, query }) => ({
      body: await listOf(
        query,
        (page) => store.groups.list(principal.caller.tenantId, page),
        viewOf,
      ),
    })),
    handle(readGroup, async ({ principal, params }) => ({
      body: viewOf(await find(principal.caller.tenantId, params.id)),
    })),
    handle(updateGroup, async ({ principal, params, body }) => {
      const { tenantId } = principal.caller
      const before = viewOf(await find(tenantId, params.id))
      await requireProjects(tenantId, body.projects)
      const change = await store.groups.change(tenantId, params.id, defined(body), clock.now())
      if (change) onChanged(change, tenantId)
      const after = viewOf(await find(tenantId, params.id))
      return { body: after, audit: { target: `group:${params.id}`, before, after } }
    }),
    handle(deleteGroup, async ({ principal, params }) => {
      const { tenantId } = principal.caller
      const before = viewOf(await find(tenantId, params.id))
      const change = await store.groups.remove(tenantId, params.id, clock.now())
      if (change) onChanged(change, tenantId)
      return { body: null, audit: { target: `group:${params.id}`, before } }
    }),
    handle(listMembers, async ({ principal, params, query }) => {
      const { tenantId } = principal.caller
      await find(tenantId, params.id)
      const read = (page: { limit: number; after: string | null }) =>
        store.listMembers(tenantId, params.id, page)
      return { body: await listOf(query, read, (id) => ({ id })) }
    }),
    handle(addMember, async ({ principal, params: { id, user } }) => {
      const { tenantId } = principal.caller
      await find(tenantId, id)
      if (accounts) found(await accounts.find(tenantId, user), 'user')
      const isNew = await store.addMember(tenantId, id, user, clock.now())
      if (isNew) onRevision()
      const audit = { target: `group:${id}`, after: { member: user } }
      return { body: { id: user }, ...(isNew ? { audit } : {}) }
    }),
    handle(removeMember, async ({ principal, params: { id, user } }) => {
      const { tenantId } = principal.caller
      await find(tenantId, id)
      found((await store.removeMember(tenantId, id, user, clock.now())) || null, 'member')
      onRevision()
      return { body: null, audit: { target: `group:${id}`, before: { member: user } } }
    }),
  ]
}

/** Without what was not given. */
export function defined<Row extends object>(
  row: Row,
): { [Name in keyof Row]?: Exclude<Row[Name], undefined> } {
  const members = Object.entries(row).filter(([, value]) => value !== undefined)
  return Object.fromEntries(members) as { [Name in keyof Row]?: Exclude<Row[Name], undefined> }
}

function viewOf({ id, name, models, projects, createdAt }: Group): GroupView {
  return { id, name, models: [...models], projects: [...projects], created_at: timeOf(createdAt) }
}
