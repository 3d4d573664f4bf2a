import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSourceFiles } from '../check/source-files.ts'
import { repository } from '../repository.ts'
import { takeNoArguments } from '../usage.ts'
import { environmentDocuments } from './documents.ts'

takeNoArguments('npm run env-docs: writes docs/env.md and .env.example from what the code reads')

for (const [path, text] of await environmentDocuments(readSourceFiles())) {
  const file = join(repository, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  process.stdout.write(`${path}\n`)
}
