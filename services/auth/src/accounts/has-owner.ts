import type { Account, AccountStore } from '@sluice/store/account-store'

const page = 200

/** Whether somebody else than `except` is an owner of the tenant and may sign in. */
export async function hasOwner(
  accounts: Pick<AccountStore, 'list'>,
  tenantId: string,
  except: string | null = null,
): Promise<boolean> {
  const isOwner = ({ id, role, status }: Account) =>
    id !== except && role === 'owner' && status === 'active'
  for (let after: string | null = null; ;) {
    const found: readonly Account[] = await accounts.list(tenantId, { limit: page, after })
    if (found.some(isOwner)) return true
    if (found.length < page) return false
    after = found.at(-1)?.id ?? null
  }
}
