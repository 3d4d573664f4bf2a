import { admissionCases } from './cases/admission.ts'
import { attachCases } from './cases/attaching.ts'
import { cancelCases } from './cases/cancelling.ts'
import { chargeCases } from './cases/charges.ts'
import { fairnessCases } from './cases/fairness.ts'
import { isolationCases } from './cases/isolation.ts'
import { logCases } from './cases/log.ts'
import { readerCases } from './cases/readers.ts'
import { providerCallCases } from './cases/provider-calls.ts'
import { reapCases } from './cases/reaping.ts'
import { transitionCases } from './cases/transitions.ts'
import { usageCases } from './cases/usage.ts'
import type { ContractCase, CreateHarness } from './contract-case.ts'

/** What every adapter of the `Generations` port does: one case per arrow of its state machine, and one per arrow that must not exist. */
export const contractCases: readonly ContractCase[] = [
  ...admissionCases,
  ...attachCases,
  ...chargeCases,
  ...fairnessCases,
  ...providerCallCases,
  ...transitionCases,
  ...logCases,
  ...cancelCases,
  ...readerCases,
  ...reapCases,
  ...usageCases,
  ...isolationCases,
]

/** Real time a harness may take to close, ms. */
const closingMs = 3_000

export async function runCase(contractCase: ContractCase, create: CreateHarness): Promise<void> {
  const harness = await create(contractCase.options ?? {})
  const close = () => atMost(closingMs, harness[Symbol.asyncDispose]())
  try {
    await contractCase.run(harness)
  } catch (error) {
    // Handlers that the broken adapter left waiting may keep it open; what the case found is the thing to show.
    await close().catch(() => {})
    throw error
  }
  await close()
}

async function atMost(ms: number, closing: PromiseLike<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new Error(`the adapter was not closed within ${String(ms)} ms`))
  }, ms)
  await Promise.race([closing, promise]).finally(() => {
    clearTimeout(timer)
  })
}
