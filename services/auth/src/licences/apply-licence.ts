import type { ManageContext } from '../manage/context.ts'
import { found } from '../manage/context.ts'
import { readSignedLicence, type SignedLicence } from './signed-licence.ts'

/** Puts a signed licence into force, if it is good. Otherwise nothing changes. */
export async function applyLicence(context: ManageContext, token: string): Promise<SignedLicence> {
  const { store, clock, licenceKeyPath, onChanged } = context
  const licence = await readSignedLicence(token, licenceKeyPath, clock)
  const { tenantId, tier, features, expiresAt } = licence
  const tiers = await store.listTiers()
  found(tiers.find(({ name }) => name === tier) ?? null, 'licence tier')
  found(await store.tenants.find(tenantId, tenantId), 'tenant')
  const changes = { tier, features, licenceExpiresAt: expiresAt, licenceToken: token.trim() }
  const change = await store.tenants.change(tenantId, tenantId, changes, clock.now())
  if (change) onChanged(change, tenantId)
  return licence
}
