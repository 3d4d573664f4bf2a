import {
  createToken,
  listTokens,
  readToken,
  revokeToken,
  updateToken,
} from '@sluice/contracts/http/routes/tokens'
import { type Handled, handle } from '@sluice/management'
import type { ManageContext } from './context.ts'
import { Tokens } from './tokens.ts'

export function tokenHandlers(context: ManageContext): readonly Handled[] {
  const tokens = new Tokens(context)
  return [
    handle(createToken, async ({ principal, body }) => {
      const { id, key, view } = await tokens.create(principal, body)
      return { body: { id, key }, audit: { target: `token:${id}`, after: view } }
    }),
    handle(listTokens, async ({ principal, query }) => ({
      body: await tokens.list(principal, query),
    })),
    handle(readToken, async ({ principal, params }) => ({
      body: await tokens.read(principal, params.id),
    })),
    handle(updateToken, async ({ principal, params, body }) => {
      const { before, after } = await tokens.update(principal, params.id, body)
      return { body: after, audit: { target: `token:${params.id}`, before, after } }
    }),
    handle(revokeToken, async ({ principal, params, query }) => {
      const body = await tokens.revoke(principal, params.id, { withMade: query.with_made })
      return { body, audit: { target: `token:${params.id}`, after: body } }
    }),
  ]
}
