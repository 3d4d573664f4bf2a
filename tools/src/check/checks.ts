import type { Check } from './check.ts'
import { comments } from './comments.ts'
import { compatibilityMatrix } from './compatibility-matrix.ts'
import { determinism } from './determinism.ts'
import { forbiddenText } from './forbidden-text.ts'
import { importDirection } from './import-direction.ts'
import { packageFiles } from './package-files.ts'
import { processAccess } from './process-access.ts'
import { thirdPartyClients } from './third-party-clients.ts'

export const checks: readonly Check[] = [
  importDirection,
  thirdPartyClients,
  processAccess,
  determinism,
  forbiddenText,
  packageFiles,
  comments,
  compatibilityMatrix,
]
