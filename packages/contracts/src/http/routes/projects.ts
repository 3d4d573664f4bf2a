import { z } from 'zod'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { chosenId, displayName, modelGlobs, params, time } from '../shapes.ts'

const common = { owner: 'auth', tag: 'Projects', feature: 'PROJECT_MANAGEMENT' } as const
const admins = { roles: ['owner', 'admin'] } as const
const members = { roles: ['owner', 'admin', 'project_admin', 'user', 'viewer'] } as const

const settings = {
  name: displayName,
  models: modelGlobs.nullable().describe('Globs; null = all models of the tenant'),
  members_only: z.boolean().describe('Open only to groups that have it, beside owners and admins'),
}

export const NewProject = z.strictObject({
  id: chosenId,
  name: settings.name.optional(),
  models: settings.models.optional(),
  members_only: settings.members_only.optional(),
})
export const ProjectChanges = z.strictObject({
  name: settings.name.optional(),
  models: settings.models.optional(),
  members_only: settings.members_only.optional(),
})

export const ProjectView = z.object({
  id: z.string(),
  name: z.string(),
  models: z.array(z.string()).nullable(),
  members_only: z.boolean(),
  created_at: time,
  /** From then on its keys are refused. Its id is not free again: the ledger knows it. */
  disabled_at: time.nullable(),
})
export type ProjectView = z.infer<typeof ProjectView>

export const createProject = defineRoute({
  ...common,
  id: 'projects.create',
  method: 'POST',
  path: '/v1/projects',
  summary: 'Makes a project, if the licence has room for one more',
  access: admins,
  body: NewProject,
  status: 201,
  reply: ProjectView,
  errors: ['already_exists', 'limit_reached', 'resource_not_found'],
})
export const listProjects = defineRoute({
  ...common,
  id: 'projects.list',
  method: 'GET',
  path: '/v1/projects',
  summary: 'Projects that the caller may use',
  access: members,
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(ProjectView),
})
export const readProject = defineRoute({
  ...common,
  id: 'projects.read',
  method: 'GET',
  path: '/v1/projects/{id}',
  summary: 'One project',
  access: members,
  params: params.id,
  status: 200,
  reply: ProjectView,
  errors: ['resource_not_found'],
})
export const updateProject = defineRoute({
  ...common,
  id: 'projects.update',
  method: 'PATCH',
  path: '/v1/projects/{id}',
  summary: 'Changes a project',
  access: admins,
  params: params.id,
  body: ProjectChanges,
  status: 200,
  reply: ProjectView,
  errors: ['resource_not_found'],
})
export const disableProject = defineRoute({
  ...common,
  id: 'projects.disable',
  method: 'DELETE',
  path: '/v1/projects/{id}',
  summary: 'Closes a project for good: its keys are refused, its bills stay',
  access: admins,
  params: params.id,
  status: 200,
  reply: ProjectView,
  errors: ['resource_not_found', 'not_editable'],
})

export const projectRoutes: readonly Route[] = [
  createProject,
  listProjects,
  readProject,
  updateProject,
  disableProject,
]
