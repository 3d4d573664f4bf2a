import { generationsContract } from './generations-contract.ts'
import { createMemoryHarness } from './memory-harness.ts'

generationsContract({ name: 'memory', create: (options) => createMemoryHarness(options) })
