import { z } from 'zod'
import { Role } from '../../access.ts'
import { UserId } from '../../ids.ts'
import { pageOf, pageQuery } from '../paging.ts'
import { defineRoute, type Route } from '../route.ts'
import { AccountView } from './accounts.ts'

const common = {
  owner: 'auth',
  tag: 'Users',
  access: { roles: ['owner', 'admin'] },
  feature: 'USER_MANAGEMENT',
} as const

const byId = z.strictObject({ id: UserId })
const aliases = (path: string) => [path.replace('/v1', ''), path.replace('/v1', '/api')]

export const listUsersRoute = defineRoute({
  ...common,
  id: 'users.list',
  method: 'GET',
  path: '/v1/users',
  aliases: aliases('/v1/users'),
  summary: 'The people of the company, invited ones too, in the order of their ids',
  query: z.strictObject(pageQuery),
  status: 200,
  reply: pageOf(AccountView),
  errors: ['tenant_disabled', 'accounts_disabled'],
})

export const readUserRoute = defineRoute({
  ...common,
  id: 'users.read',
  method: 'GET',
  path: '/v1/users/{id}',
  aliases: aliases('/v1/users/{id}'),
  summary: 'One of them',
  params: byId,
  status: 200,
  reply: AccountView,
  errors: ['user_not_found', 'tenant_disabled', 'accounts_disabled'],
})

export const updateUserRoute = defineRoute({
  ...common,
  id: 'users.update',
  method: 'PATCH',
  path: '/v1/users/{id}',
  aliases: aliases('/v1/users/{id}'),
  summary: 'Another name, role or status; a disabled user is signed out',
  params: byId,
  body: z
    .strictObject({
      name: z.string().trim().min(1).max(100).optional(),
      role: Role.optional(),
      status: z.enum(['active', 'disabled']).optional(),
    })
    .refine((changes) => Object.keys(changes).length > 0, 'says nothing to change'),
  status: 200,
  reply: AccountView,
  errors: [
    'user_not_found',
    'role_not_allowed',
    'last_owner',
    'tenant_disabled',
    'accounts_disabled',
  ],
})

export const deleteUserRoute = defineRoute({
  ...common,
  id: 'users.delete',
  method: 'DELETE',
  path: '/v1/users/{id}',
  aliases: aliases('/v1/users/{id}'),
  summary: 'Removes somebody with their sessions and passkeys',
  params: byId,
  status: 204,
  errors: [
    'user_not_found',
    'role_not_allowed',
    'last_owner',
    'tenant_disabled',
    'accounts_disabled',
  ],
})

export const userRoutes: readonly Route[] = [
  listUsersRoute,
  readUserRoute,
  updateUserRoute,
  deleteUserRoute,
]
