import { z } from 'zod'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { chosenId, displayName, modelGlobs, params, time } from '../shapes.ts'

const common = {
  owner: 'auth',
  tag: 'Groups',
  feature: 'USER_MANAGEMENT',
  access: { roles: ['owner', 'admin'] },
} as const

const projects = z.array(chosenId).max(100)

export const NewGroup = z.strictObject({
  id: chosenId,
  name: displayName.optional(),
  models: modelGlobs.optional().describe('Globs: models beside those of the project'),
  projects: projects.optional().describe('Projects for members only that it opens'),
})
export const GroupChanges = NewGroup.omit({ id: true })

export const GroupView = z.object({
  id: z.string(),
  name: z.string(),
  models: z.array(z.string()),
  projects: z.array(z.string()),
  created_at: time,
})
export type GroupView = z.infer<typeof GroupView>

const memberParams = z.strictObject({ id: params.id.shape.id, user: z.string().min(1).max(64) })
const Member = z.object({ id: z.string() })

export const createGroup = defineRoute({
  ...common,
  id: 'groups.create',
  method: 'POST',
  path: '/v1/groups',
  summary: 'Makes a group',
  body: NewGroup,
  status: 201,
  reply: GroupView,
  errors: ['already_exists', 'limit_reached', 'resource_not_found'],
})
export const listGroups = defineRoute({
  ...common,
  id: 'groups.list',
  method: 'GET',
  path: '/v1/groups',
  summary: 'Groups',
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(GroupView),
})
export const readGroup = defineRoute({
  ...common,
  id: 'groups.read',
  method: 'GET',
  path: '/v1/groups/{id}',
  summary: 'One group',
  params: params.id,
  status: 200,
  reply: GroupView,
  errors: ['resource_not_found'],
})
export const updateGroup = defineRoute({
  ...common,
  id: 'groups.update',
  method: 'PATCH',
  path: '/v1/groups/{id}',
  summary: 'Changes what a group gives',
  params: params.id,
  body: GroupChanges,
  status: 200,
  reply: GroupView,
  errors: ['resource_not_found'],
})
export const deleteGroup = defineRoute({
  ...common,
  id: 'groups.delete',
  method: 'DELETE',
  path: '/v1/groups/{id}',
  summary: 'Removes a group and what it gave',
  params: params.id,
  status: 204,
  errors: ['resource_not_found'],
})
export const listMembers = defineRoute({
  ...common,
  id: 'groups.members.list',
  method: 'GET',
  path: '/v1/groups/{id}/members',
  summary: 'User ids of its members',
  params: params.id,
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(Member),
  errors: ['resource_not_found'],
})
export const addMember = defineRoute({
  ...common,
  id: 'groups.members.add',
  method: 'PUT',
  path: '/v1/groups/{id}/members/{user}',
  summary: 'Adds a user; again is the same',
  params: memberParams,
  status: 200,
  reply: Member,
  errors: ['resource_not_found'],
})
export const removeMember = defineRoute({
  ...common,
  id: 'groups.members.remove',
  method: 'DELETE',
  path: '/v1/groups/{id}/members/{user}',
  summary: 'Takes a user out, and what the group gave with it',
  params: memberParams,
  status: 204,
  errors: ['resource_not_found'],
})

export const groupRoutes: readonly Route[] = [
  createGroup,
  listGroups,
  readGroup,
  updateGroup,
  deleteGroup,
  listMembers,
  addMember,
  removeMember,
]
