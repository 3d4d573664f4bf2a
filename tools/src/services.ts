import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './repository.ts'

/** From the root of the work tree. */
export function serviceMain(name: string): string {
  return `services/${name}/src/main.ts`
}

/** The services that can run as a process of their own. */
export function serviceNames(): string[] {
  const folders = readdirSync(join(repository, 'services'))
  return folders.filter((name) => existsSync(join(repository, serviceMain(name))))
}
