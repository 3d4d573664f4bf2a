import { existsSync, readFileSync } from 'node:fs'
import { type WrittenValue, writtenValues } from '@sluice/catalogue/written-values'
import { readGatewayConfig } from '@sluice/gateway/config'
import { environmentSettings, isSecretSetting } from '@sluice/gateway/settings'
import type { Environment } from '@sluice/kernel/env'
import { masked } from '@sluice/kernel/masked'
import type { z } from 'zod'
import { type CommandContext, print } from './command.ts'

interface Setting {
  readonly name: string
  readonly value: unknown
  /** `environment`, `file PATH` of a variable with _FILE, `sluice.yaml:12`, `default`, or `unset`. */
  readonly from: string
}

/** Throws what would end a start: then there is nothing that counts. */
export function showConfig(context: CommandContext, prefix: string): void {
  const { env } = context
  readGatewayConfig(env, 0)
  const settings = [...ofEnvironment(env), ...ofFile(env)].filter(({ name }) =>
    name.startsWith(prefix),
  )
  const lines = settings
    .filter(({ from }) => from !== 'unset')
    .map(({ name, value, from }) => [name, asText(value), from].join('\t'))
  print(context, { settings }, lines.join('\n'))
}

function ofEnvironment(env: Environment): Setting[] {
  return Object.entries(environmentSettings).map(([name, schema]) => {
    const shown = (value: string) =>
      isSecretSetting(name) ? masked(value) : withoutPassword(value)
    const file = env[`${name}_FILE`]
    if (file) return { name, value: shown(readFileSync(file, 'utf8').trim()), from: `file ${file}` }
    const given = env[name]
    if (given) return { name, value: shown(given), from: 'environment' }
    const { data } = (schema as z.ZodType).safeParse(undefined)
    return data === undefined
      ? { name, value: null, from: 'unset' }
      : { name, value: data, from: 'default' }
  })
}

function ofFile(env: Environment): Setting[] {
  const path = env['CONFIG_PATH'] || 'sluice.yaml'
  if (!existsSync(path)) return []
  return writtenValues(readFileSync(path, 'utf8')).map((written) => ({
    name: written.path.join('.'),
    value: shownOf(written),
    from: `${path}:${String(written.line)}`,
  }))
}

const reference = /^\$\{\w+\}$/

/** A value that names a variable is shown as it is written: it says more than what is masked, and tells nothing. */
function shownOf({ path, value }: WrittenValue): unknown {
  const show = (each: unknown) => {
    if (typeof each !== 'string' || reference.test(each)) return each
    return isSecretPlace(path) ? masked(each) : withoutPassword(each)
  }
  return Array.isArray(value) ? value.map(show) : show(value)
}

function isSecretPlace([list, , member, inner]: readonly string[]): boolean {
  if (list === 'keys') return member === 'key'
  return list === 'providers' && (member === 'headers' || (member === 'auth' && inner !== 'type'))
}

/** Addresses of stores carry passwords. */
function withoutPassword(value: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(value) || !URL.canParse(value)) return value
  const url = new URL(value)
  let changed = false
  if (url.password !== '') {
    url.password = 'PASSWORD'
    changed = true
  }
  for (const name of url.searchParams.keys()) {
    if (!/pass|key|token|secret/i.test(name)) continue
    url.searchParams.set(name, 'PASSWORD')
    changed = true
  }
  return changed ? url.href.replaceAll('PASSWORD', '••••') : value
}

function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}
