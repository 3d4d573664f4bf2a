import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { ManageContext } from '../manage/context.ts'
import { applyLicence } from './apply-licence.ts'

/** The licence of the environment, at start. One that is not good changes nothing and keeps nobody from starting. */
export async function takeLicence(
  context: ManageContext,
  token: string | null,
  logger: Logger,
): Promise<void> {
  if (token === null) return
  try {
    const { tenantId, tier, expiresAt } = await applyLicence(context, token)
    logger.info({ tenant: tenantId, tier, expiresAt }, 'licence in force')
  } catch (error) {
    logger.error({ problem: messageOf(error) }, 'LICENSE_TOKEN rejected: all stays as it was')
  }
}
