import { readAgentConfig } from '@sluice/agent/config'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { readApiAddress } from '@sluice/adapters/api-address'
import { requireBusKey } from '@sluice/adapters/key-ring'
import { readProcessConfig } from '@sluice/adapters/process-config'
import { readAccountsConfig } from '@sluice/auth/accounts-config'
import { environmentProviders } from '@sluice/catalogue/environment-providers'
import { readConfiguredFile } from '@sluice/catalogue/open-catalogue'
import { readIngressConfig } from '@sluice/ingress/config'
import { type Environment, readTogether } from '@sluice/kernel/env'
import { readLakeConfig } from '@sluice/lake-service/config'
import { readProviderAdapterConfig } from '@sluice/provider-adapter/config'
import { readRouterConfig } from '@sluice/router/config'
import { readUsageConfig } from '@sluice/usage/config'
import { readFirstMinutes } from './first-minutes.ts'

/**
 * Everything a start depends on, `sluice.yaml` included, read before anything is opened: a mistake costs no wait, and all of them are
 * reported together.
 */
export function readGatewayConfig(env: Environment, processId: number) {
  const readProcess = () => readProcessConfig(env, { drainDelayMs: 0, shutdownTimeoutMs: 15_000 })
  const readStores = () => readAdaptersConfig(env, processId)
  return readTogether({
    address: () => readApiAddress(env),
    process: readProcess,
    stores: readStores,
    firstMinutes: () => readFirstMinutes(env, readProcess().production),
    accounts: () => readAccountsConfig(env),
    ingress: () => readIngressConfig(env),
    providerAdapter: () => readProviderAdapterConfig(env),
    router: () => readRouterConfig(env),
    agent: () => readAgentConfig(env),
    usage: () => readUsageConfig(env, readStores()),
    lake: () => {
      const { dataDir, kafka } = readStores()
      return readLakeConfig(env, { dataDir, embedded: kafka === null })
    },
    providers: () => environmentProviders(env),
    busKey: () => {
      if (readStores().redis) requireBusKey(env, readProcess())
    },
    file: () => readConfiguredFile(env),
  })
}
