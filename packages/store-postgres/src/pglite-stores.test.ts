import { storeSuites } from './testing/store-suites.ts'
import { openTemporaryPglite } from './testing/temporary-pglite.ts'

storeSuites('PGlite', openTemporaryPglite)
