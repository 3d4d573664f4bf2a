import { writeFileSync } from 'node:fs'
import { schemaFile, typesOfInterface } from './testing/types-of-interface.ts'

writeFileSync(schemaFile, await typesOfInterface())
