import { timeOf, timeOrNull } from '@sluice/contracts/http/shapes'
import {
  createProject,
  disableProject,
  listProjects,
  type ProjectView,
  readProject,
  updateProject,
} from '@sluice/contracts/http/routes/projects'
import type { Principal } from '@sluice/contracts/rpc/manage'
import { GatewayError } from '@sluice/kernel/errors'
import { type Handled, handle } from '@sluice/management'
import type { Project } from '@sluice/store/tenancy'
import { effectiveLicence } from '../access/licence.ts'
import { isTenantWide } from '../access/roles.ts'
import { authErrors } from '../errors.ts'
import { added, found, listOf, type ManageContext } from './context.ts'

export function projectHandlers(context: ManageContext): readonly Handled[] {
  const { store, clock, onChanged } = context

  const sees = async (principal: Principal) => {
    if (isTenantWide(principal.access.role)) return () => true
    const own = await projectsOf(context, principal)
    return ({ id, membersOnly, disabledAt }: Project) =>
      disabledAt === null && (!membersOnly || own.includes(id))
  }

  const visible = async (principal: Principal, id: string) => {
    const project = found(await store.projects.find(principal.caller.tenantId, id), 'project')
    return found((await sees(principal))(project) ? project : null, 'project')
  }

  const change = async (tenantId: string, id: string, changes: Partial<Project>) => {
    const before = found(await store.projects.find(tenantId, id), 'project')
    const changed = await store.projects.change(tenantId, id, changes, clock.now())
    if (changed) onChanged(changed, tenantId)
    const after = found(await store.projects.find(tenantId, id), 'project')
    const audit = { target: `project:${id}`, before: viewOf(before), after: viewOf(after) }
    return { body: viewOf(after), audit }
  }

  return [
    handle(createProject, async ({ principal, body }) => {
      const { tenantId } = principal.caller
      const standing = found(await store.standing(principal.caller, null), 'tenant')
      const now = clock.now()
      const { projects } = effectiveLicence(standing, now)
      const project: Project = {
        tenantId,
        id: body.id,
        name: body.name ?? body.id,
        models: body.models ?? null,
        membersOnly: body.members_only ?? false,
        disabledAt: null,
        createdAt: now,
      }
      const result = await store.projects.add(project, projects)
      if (result === 'full') {
        const message = `The licence of this tenant allows ${String(projects)} projects`
        throw new GatewayError(authErrors.limit_reached, message)
      }
      onChanged(added(result, 'project'), tenantId)
      const after = viewOf(project)
      return { body: after, audit: { target: `project:${body.id}`, after } }
    }),
    handle(listProjects, async ({ principal, query }) => {
      const { tenantId } = principal.caller
      const isSeen = await sees(principal)
      const read = async (page: { limit: number; after: string | null }) => {
        const seen: Project[] = []
        // What is not seen leaves no gap in a page.
        for (let after = page.after; seen.length < page.limit;) {
          const rows = await store.projects.list(tenantId, { limit: page.limit, after })
          seen.push(...rows.filter(isSeen))
          after = rows.at(-1)?.id ?? null
          if (rows.length < page.limit) break
        }
        return seen.slice(0, page.limit)
      }
      return { body: await listOf(query, read, viewOf) }
    }),
    handle(readProject, async ({ principal, params }) => ({
      body: viewOf(await visible(principal, params.id)),
    })),
    handle(updateProject, async ({ principal, params, body }) =>
      change(principal.caller.tenantId, params.id, {
        ...(body.name === undefined ? {} : { name: body.name }),
        ...(body.models === undefined ? {} : { models: body.models }),
        ...(body.members_only === undefined ? {} : { membersOnly: body.members_only }),
      }),
    ),
    handle(disableProject, async ({ principal, params }) => {
      const { tenantId, projectId } = principal.caller
      if (params.id === projectId) {
        const message = 'A project is not closed by a credential that belongs to it'
        throw new GatewayError(authErrors.not_editable, message)
      }
      const known = found(await store.projects.find(tenantId, params.id), 'project')
      return change(tenantId, params.id, { disabledAt: known.disabledAt ?? clock.now() })
    }),
  ]
}

/** Those that somebody belongs to: the project of the credential, and what groups open. */
export async function projectsOf(
  { store }: ManageContext,
  { caller }: Principal,
): Promise<readonly string[]> {
  const { tenantId, projectId, userId } = caller
  const groups = userId === null ? [] : await store.groupsOf(tenantId, userId)
  return [projectId, ...groups.flatMap(({ projects }) => projects)]
}

function viewOf(project: Project): ProjectView {
  const { id, name, models, membersOnly, createdAt, disabledAt } = project
  return {
    id,
    name,
    models: models && [...models],
    members_only: membersOnly,
    created_at: timeOf(createdAt),
    disabled_at: timeOrNull(disabledAt),
  }
}
