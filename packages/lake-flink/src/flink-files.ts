import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { envText, type Environment, readEnvironment } from '@sluice/kernel/env'
import { GatewayError } from '@sluice/kernel/errors'
import { cachePath, fillOnce } from '@sluice/kernel/machine-cache'
import { z } from 'zod'
import { flinkErrors } from './errors.ts'

/** Where Java and Flink are. What is not given is fetched and compiled once per machine. */
export const environment = z.object({
  JAVA_HOME: envText.optional().describe('a JDK 17 or newer (absent: the one on the PATH)'),
  FLINK_LIB: envText
    .optional()
    .describe('folder with the jars of deploy/flink/pom.xml (absent: fetched by Maven)'),
  FLINK_CLASSES: envText
    .optional()
    .describe('folder or jar with the classes of deploy/flink/src (absent: compiled)'),
  FLINK_FOLDER: envText
    .optional()
    .describe('where deploy/flink is, with the SQL and the settings (absent: in the source)'),
  SLUICE_CACHE_DIR: envText
    .optional()
    .describe('what is fetched or compiled once per machine (absent: sluice in XDG_CACHE_HOME)'),
  XDG_CACHE_HOME: envText.optional().describe('caches of this user (absent: ~/.cache)'),
})
type Places = z.infer<typeof environment>

/** What the job runs on. */
export interface FlinkFiles {
  readonly java: string
  /** Flags that a Java 17 needs for Flink, one a line. */
  readonly javaArguments: string
  readonly classPath: string
  /** `deploy/flink` of the source, or where an image has it. */
  readonly folder: string
}

/** Where the source has SQL, Java and settings of the job. */
const sourceFolder = join(import.meta.dirname, '../../../deploy/flink')

/**
 * The jars of FLINK_LIB and the classes of FLINK_CLASSES where they are given (in an image they are); otherwise jars are fetched by Maven and
 * classes compiled, once per machine.
 */
export async function findFlink(env: Environment): Promise<FlinkFiles> {
  const places = readEnvironment(environment, env)
  const { JAVA_HOME: home, FLINK_FOLDER: folder = sourceFolder } = places
  const bin = (name: string) => (home ? join(home, 'bin', name) : name)
  const lib = places.FLINK_LIB ?? (await fetchJars(folder, places))
  const classes = places.FLINK_CLASSES ?? (await compile(folder, lib, bin('javac'), places))
  return {
    java: bin('java'),
    javaArguments: join(folder, 'java17.args'),
    classPath: `${classes}:${lib}/*`,
    folder,
  }
}

/** Whether nothing has to be fetched from a registry. */
export function flinkIsCached(env: Environment): boolean {
  const places = readEnvironment(environment, env)
  return places.FLINK_LIB !== undefined || existsSync(jarsFolder(sourceFolder, places))
}

function jarsFolder(folder: string, places: Places): string {
  return cachePath(places, 'flink', readFileSync(join(folder, 'pom.xml'), 'utf8'))
}

async function fetchJars(folder: string, places: Places): Promise<string> {
  const jars = jarsFolder(folder, places)
  await fillOnce(jars, async (unfinished) => {
    const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'
    const options = ['-DincludeScope=runtime', `-DoutputDirectory=${unfinished}`]
    await runToEnd('mvn', ['-B', '-q', '-ntp', '-f', join(folder, 'pom.xml'), copy, ...options])
  })
  return jars
}

async function compile(
  folder: string,
  lib: string,
  javac: string,
  places: Places,
): Promise<string> {
  const sources = globSync(join(folder, 'src/sluice/lake/*.java')).toSorted()
  const texts = await Promise.all(sources.map((file) => readFile(file, 'utf8')))
  const classes = cachePath(places, 'flink-classes', `${lib}\n${texts.join('\n')}`)
  await fillOnce(classes, async (unfinished) => {
    await runToEnd(javac, ['-nowarn', '-d', unfinished, '-cp', `${lib}/*`, ...sources])
  })
  return classes
}

async function runToEnd(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const code = await ended(child)
  if (code !== 0)
    throw new GatewayError(flinkErrors.flink_unavailable, `${command} failed: ${said.trim()}`)
}

async function ended(child: ChildProcess): Promise<number | null> {
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return code
  } catch (cause) {
    throw new GatewayError(flinkErrors.flink_unavailable, undefined, { cause })
  }
}
