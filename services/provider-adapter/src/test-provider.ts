import type { testProvider } from '@sluice/contracts/rpc/provider-adapter'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Upstream } from '@sluice/upstream'
import type { z } from 'zod'
import { askProvider } from './ask-provider.ts'
import { providerAdapterErrors } from './errors.ts'
import type { Providers } from './providers.ts'

export interface TestContext {
  readonly providers: Providers
  readonly upstream: Upstream
  readonly clock: Clock
}

const timeoutMs = 8_000

/** For an operator who has just entered a provider: whether it answers, and takes our credential. */
export function createTestProvider({ providers, upstream, clock }: TestContext) {
  return async ({
    provider: name,
    tenantId,
  }: z.infer<typeof testProvider.request>): Promise<z.infer<typeof testProvider.reply>> => {
    const started = clock.monotonic()
    const latencyMs = () => Math.round(clock.monotonic() - started)
    let redact = (text: string) => text
    try {
      const provider = providers.get(name, tenantId)
      if (!provider) {
        const problem = providerAdapterErrors.provider_unknown.title
        return { status: null, latencyMs: latencyMs(), problem }
      }
      redact = provider.redact
      const { status } = await askProvider(provider, { upstream, timeoutMs })
      const isRefused = status === 401 || status === 403
      const problem = isRefused ? 'it refuses the credential' : null
      return { status, latencyMs: latencyMs(), problem }
    } catch (error) {
      return { status: null, latencyMs: latencyMs(), problem: redact(messageOf(error)) }
    }
  }
}
