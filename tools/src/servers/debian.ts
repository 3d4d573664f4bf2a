import { existsSync } from 'node:fs'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { findOnPath } from './find-program.ts'
import { runToEnd } from '../processes/run-to-end.ts'

const policyFile = '/usr/sbin/policy-rc.d'

/** Whether we may install Debian packages here. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && findOnPath('apt-get') !== null
}

/** Installs packages, and leaves none of the services running that they bring along: ours have their own ports and data. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  process.stderr.write(`Installing ${packages.join(', ')} …\n`)
  const apt = (...args: string[]) =>
    runToEnd('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    })
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages)
  await withoutServices(async () => {
    // A list that cannot be renewed may still be good enough; when it is not, the second answer says why.
    await apt('update').catch(() => undefined)
    await install()
  })
  if (findOnPath('systemctl'))
    await runToEnd('systemctl', ['disable', '--now', 'redis-server', 'postgresql']).catch(
      () => undefined, // not there, or no systemd running: nothing to keep from starting
    )
}

/** Debian asks this file before it starts a service; 101 = no. A policy that the machine has already stays as it is. */
async function withoutServices(install: () => Promise<void>): Promise<void> {
  if (existsSync(policyFile)) {
    await install()
    return
  }
  await writeFile(policyFile, '#!/bin/sh\nexit 101\n')
  await chmod(policyFile, 0o755)
  try {
    await install()
  } finally {
    await rm(policyFile, { force: true })
  }
}
