import {
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import process from 'node:process'
import { valueOf, withValue } from '@sluice/catalogue/written-values'
import { readGatewayConfig } from '@sluice/gateway/config'
import { environmentSettings } from '@sluice/gateway/settings'
import { configurationError, type Environment } from '@sluice/kernel/env'
import { GatewayError } from '@sluice/kernel/errors'
import { type CommandContext, print } from './command.ts'

/** Writes the file only when a gateway would start with it; one that runs beside it follows within two seconds. */
export function setConfig(context: CommandContext, key: string, value: string | undefined): void {
  const { env } = context
  if (Object.hasOwn(environmentSettings, key))
    throw configurationError([
      `${key}: is a variable of the environment, which no command can change for others: set it where the gateway is started (docs/env.md)`,
    ])
  const named = env['CONFIG_PATH'] || 'sluice.yaml'
  const path = existsSync(named) ? realpathSync(named) : named
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const after = withValue(before, key, value === undefined ? undefined : given(key, value))
  replaceFile(path, after, (draft) => {
    requireGood(env, named, draft)
  })
  const what = value === undefined ? `${key} is gone from` : `${key} is set in`
  print(context, { key, file: named, changed: after !== before }, `${what} ${named}`)
}

function given(key: string, text: string): unknown {
  try {
    return valueOf(text)
  } catch {
    throw configurationError([`${key}: the value is not valid YAML; put a text in "quotes"`])
  }
}

/** The whole of it or nothing: whoever reads it meanwhile sees the one or the other. */
function replaceFile(path: string, text: string, check: (draft: string) => void): void {
  const draft = `${path}.${String(process.pid)}.new`
  const mode = existsSync(path) ? statSync(path).mode & 0o777 : 0o600
  try {
    writeFileSync(draft, text, { mode })
    check(draft)
    renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

function requireGood(env: Environment, named: string, draft: string): void {
  try {
    readGatewayConfig({ ...env, CONFIG_PATH: draft }, 0)
  } catch (thrown) {
    if (!GatewayError.is(thrown)) throw thrown
    throw configurationError(thrown.message.replaceAll(draft, named).split('\n'))
  }
}
