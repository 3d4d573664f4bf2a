import { describe, test } from '@jest/globals'
import type { CreateHarness } from './contract-case.ts'
import { contractCases, runCase } from './contract-cases.ts'

export interface ContractOptions {
  readonly name: string
  readonly create: CreateHarness
  /** Cases the adapter cannot pass, each with its reason. */
  readonly skip?: readonly { readonly name: string; readonly reason: string }[]
}

export function generationsContract({ name, create, skip = [] }: ContractOptions): void {
  describe(`Generations contract: ${name}`, () => {
    for (const contractCase of contractCases) {
      const skipped = skip.find((other) => other.name === contractCase.name)
      const title = skipped
        ? `${contractCase.name} (skipped: ${skipped.reason})`
        : contractCase.name
      const run = skipped ? test.skip : test
      run(title, () => runCase(contractCase, create))
    }
  })
}
