import { messageOf } from '@sluice/kernel/errors'
import { composeCanRun, dockerAnswers } from './compose.ts'
import { canInstall, installPackages } from './debian.ts'
import type { Requirement, ServerName } from './server-kind.ts'
import { serverKinds } from './server-kinds.ts'

export interface Availability {
  readonly asProcess: readonly ServerName[]
  readonly byCompose: readonly ServerName[]
  /** Why the rest cannot be had. */
  readonly problems: ReadonlyMap<ServerName, string>
}

/** What could be started without installing anything. */
export function isOnThisMachine(name: ServerName): boolean {
  return serverKinds[name].missing().length === 0
}

/** Decides how each server can be run here, and gets what that takes: from the PATH, from Debian, or by a Docker engine. */
export async function makeAvailable(names: readonly ServerName[]): Promise<Availability> {
  const asProcess: ServerName[] = []
  const byCompose: ServerName[] = []
  const problems = new Map<ServerName, string>()
  const installProblem = await installMissing(names)
  for (const name of names) {
    const kind = serverKinds[name]
    const missing = kind.missing()
    if (missing.length > 0) {
      if (composeCanRun(name) && dockerAnswers()) byCompose.push(name)
      else problems.set(name, whatToInstall(missing, installProblem))
      continue
    }
    try {
      await kind.fetch?.()
      asProcess.push(name)
    } catch (error) {
      problems.set(name, messageOf(error))
    }
  }
  return { asProcess, byCompose, problems }
}

async function installMissing(names: readonly ServerName[]): Promise<string> {
  const packages = debianPackages(names.flatMap((name) => serverKinds[name].missing()))
  if (packages.length === 0 || !canInstall()) return ''
  try {
    await installPackages(packages)
    return ''
  } catch (error) {
    return `\n${messageOf(error)}`
  }
}

function debianPackages(missing: readonly Requirement[]): string[] {
  return [...new Set(missing.flatMap((requirement) => requirement.debianPackages))]
}

function whatToInstall(missing: readonly Requirement[], installProblem: string): string {
  const what = missing.map((requirement) => requirement.what).join(' and ')
  const install = `apt-get install ${debianPackages(missing).join(' ')}`
  return `needs ${what} on the PATH (Debian: ${install}), or a running Docker engine${installProblem}`
}
