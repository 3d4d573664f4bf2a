import { environment as adapters } from '@sluice/adapters/adapters-config'
import { environment as apiAddress } from '@sluice/adapters/api-address'
import { environment as processes } from '@sluice/adapters/process-config'
import { environment as agent } from '@sluice/agent/config'
import { environment as accounts } from '@sluice/auth/accounts-config'
import { environment as auth } from '@sluice/auth/config'
import { environment as providers } from '@sluice/catalogue/environment-providers'
import { environment as ingress } from '@sluice/ingress/config'
import { environment as lake } from '@sluice/lake-service/config'
import { environment as mail } from '@sluice/mail/config'
import { environment as outboundGuard } from '@sluice/outbound-guard/config'
import { environment as providerAdapter } from '@sluice/provider-adapter/config'
import { environment as router } from '@sluice/router/config'
import { environment as secretBox } from '@sluice/secret-box/config'
import { environment as usage } from '@sluice/usage/config'
import type { z } from 'zod'
import { environment as firstMinutes } from './first-minutes.ts'

/** Every variable that a gateway reads, as docs/env.md has them. */
export const environmentSettings: z.ZodRawShape = {
  ...adapters.shape,
  ...apiAddress.shape,
  ...processes.shape,
  ...providers.shape,
  ...mail.shape,
  ...outboundGuard.shape,
  ...secretBox.shape,
  ...firstMinutes.shape,
  ...agent.shape,
  ...accounts.shape,
  ...auth.shape,
  ...ingress.shape,
  ...lake.shape,
  ...providerAdapter.shape,
  ...router.shape,
  ...usage.shape,
}

/** What opens the gateway to whoever knows it. Rather too much: a path that is masked does no harm. */
const secret =
  /(?:_KEY|_TOKEN|_PASSWORD|_PASS|_SECRET|_CREDENTIAL|_PROPERTIES|_OPTIONS|_JSON|_PREVIOUS)$|^AWS_/

export function isSecretSetting(name: string): boolean {
  return secret.test(name)
}
