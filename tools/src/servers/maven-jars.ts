import { existsSync, readFileSync } from 'node:fs'
import { fillOnce } from '@sluice/kernel/machine-cache'
import { runToEnd } from '../processes/run-to-end.ts'
import { cachePath } from './cache.ts'
import { findOnPath } from './find-program.ts'
import { findJava } from './java.ts'
import type { Requirement } from './server-kind.ts'

export interface MavenJars {
  readonly folder: () => string
  /** What a server of them needs on this machine. */
  readonly missing: () => readonly Requirement[]
  readonly fetch: () => Promise<void>
}

/** The jars that a `pom.xml` names, fetched by Maven once per machine. */
export function mavenJars(name: string, pom: string): MavenJars {
  const folder = () => cachePath(name, readFileSync(pom, 'utf8'))
  return {
    folder,
    missing: () => {
      const missing: Requirement[] = []
      if (findJava() === null)
        missing.push({ what: 'Java 17 or newer', debianPackages: ['default-jre-headless'] })
      if (!existsSync(folder()) && findOnPath('mvn') === null)
        missing.push({ what: 'Maven', debianPackages: ['maven'] })
      return missing
    },
    fetch: () =>
      fillOnce(folder(), async (unfinished) => {
        process.stderr.write(`Getting the jars of ${name} by Maven …\n`)
        const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
        const options = ['-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`]
        await runToEnd('mvn', ['-B', '-q', '-ntp', '-f', pom, copy, ...options])
      }),
  }
}
