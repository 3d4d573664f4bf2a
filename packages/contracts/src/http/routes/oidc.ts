import { z } from 'zod'
import { defineRoute, type Route } from '../route.ts'

const common = { owner: 'auth', tag: 'Accounts', access: 'public' } as const
const aliases = (path: string) => [path.replace('/v1', ''), path.replace('/v1', '/api')]
const byProvider = z.strictObject({ provider: z.string().min(1).max(32) })

export const oidcStartRoute = defineRoute({
  ...common,
  id: 'auth.oidc-start',
  method: 'GET',
  path: '/v1/auth/oidc/{provider}',
  aliases: aliases('/v1/auth/oidc/{provider}'),
  summary: 'Sends the browser to a provider to sign in there (302)',
  params: byProvider,
  query: z.strictObject({
    return_to: z.string().max(2_000).optional().describe('path of the gateway to come back to'),
  }),
  status: 200,
  replyType: 'text/plain',
  errors: [
    'provider_not_found',
    'provider_unavailable',
    'invalid_return',
    'public_url_missing',
    'accounts_disabled',
  ],
})

/** What the standard has, and what Google, Microsoft, Keycloak and Okta add. */
const said = z.string().max(4_000).optional()

export const oidcCallbackRoute = defineRoute({
  ...common,
  id: 'auth.oidc-callback',
  method: 'GET',
  path: '/v1/auth/oidc/{provider}/callback',
  aliases: aliases('/v1/auth/oidc/{provider}/callback'),
  summary: 'Where the provider sends the browser back to; signs in by cookie and goes on (302)',
  params: byProvider,
  query: z.strictObject({
    code: said,
    state: said,
    iss: said,
    error: said,
    error_description: said,
    error_uri: said,
    session_state: said,
    scope: said,
    authuser: said,
    prompt: said,
    hd: said,
    client_info: said,
    cloud_instance_name: said,
    cloud_instance_host_name: said,
    cloud_graph_host_name: said,
    msgraph_host: said,
  }),
  status: 200,
  replyType: 'text/plain',
  readOnly: false,
  errors: [
    'provider_not_found',
    'invalid_state',
    'sign_in_refused',
    'tenant_disabled',
    'provider_unavailable',
    'public_url_missing',
    'accounts_disabled',
  ],
})

export const oidcRoutes: readonly Route[] = [oidcStartRoute, oidcCallbackRoute]
