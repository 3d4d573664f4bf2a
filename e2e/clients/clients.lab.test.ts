import { describe, test } from '@jest/globals'
import { gatewayUnderTest } from '../support/gateway.ts'
import { checks } from './lab/checks.ts'
import { chosenClients } from './lab/chosen-clients.ts'
import { featureNames } from './lab/features.ts'
import { loadDriver } from './lab/load-driver.ts'

const { apis, key, mode } = gatewayUnderTest()
const [api = ''] = apis

// One test is one cell of the matrix in one mode: `npm run lab` reads its name.
for (const { client, skipped } of chosenClients()) {
  describe(client.name, () => {
    for (const feature of featureNames.filter((name) => client.features.includes(name))) {
      const title = `${client.name} | ${feature} | ${mode}`
      const run = async () => {
        const createDriver = await loadDriver(client)
        await checks[feature]({ client, createDriver, api, key })
      }
      if (skipped === null) test(title, run)
      // A client whose interpreter is not on this machine is named rather than left out; why is in the title.
      else test.skip(`${title} (${skipped})`, run)
    }
  })
}
