import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../repository.ts'

/** Files of the repository that a cell of a table in docs/ links to. */
export function linkedFiles(cell: string): string[] {
  return [...cell.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, file = '']) => file)
}

/** Of these files, those without a title that has the id. Titles are string literals. */
export function lackingTitle(files: readonly string[], id: string): string[] {
  const title = new RegExp(`['"\`](?:[^'"\`\\n]*[^'"\`\\n\\w-])?${id}\\b(?!:\\d)`, 'i')
  return files.filter((file) => !title.test(readFileSync(join(repository, file), 'utf8')))
}
