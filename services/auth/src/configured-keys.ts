import { hash } from 'node:crypto'
import type { FileKey, FileKeySettings } from '@sluice/catalogue/catalogue'
import { Caller } from '@sluice/contracts/caller'
import { configurationError } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'
import { type KeyPolicy, ownerPolicy } from '@sluice/store/tenancy'
import { limitsWith, settingsOf } from './manage/token-settings.ts'

/** A key of the configuration as it is stored. */
export interface ConfiguredKey {
  readonly caller: Caller
  readonly credentialHash: string
  /** Empty: what an operator chose has no part that says nothing. */
  readonly prefix: ''
  readonly origin: 'file' | 'bootstrap'
  readonly policy: KeyPolicy
  readonly madeBy: null
}

const chosen = { prefix: '', madeBy: null } as const

/** Lower-case hex: what the edge looks a credential up by. */
const hashOf = (credential: string) => hash('sha256', credential)

export function bootstrapKey(credential: string): ConfiguredKey {
  return {
    caller: Caller.parse({
      tenantId: 'default',
      projectId: 'default',
      keyId: 'bootstrap',
      keyName: 'bootstrap',
      models: null,
    }),
    credentialHash: hashOf(credential),
    origin: 'bootstrap',
    policy: { ...ownerPolicy, platform: true },
    ...chosen,
  }
}

/** Throws, with a line for each key that cannot be taken. */
export function fileKeysOf(
  keys: readonly FileKey[],
  bootstrap: ConfiguredKey,
): readonly ConfiguredKey[] {
  const problems: string[] = []
  const owners = new Map([[bootstrap.credentialHash, 'AUTH_TOKEN']])
  const configured: ConfiguredKey[] = []
  for (const { name, key, tenant, project, models, settings } of keys) {
    const credentialHash = hashOf(key)
    const owner = owners.get(credentialHash)
    if (owner !== undefined) problems.push(`keys: ${name} has the same value as ${owner}`)
    owners.set(credentialHash, name)
    const caller = Caller.safeParse({
      tenantId: tenant,
      projectId: project,
      keyId: fileKeyId(name),
      keyName: name,
      models,
    })
    if (caller.success) {
      try {
        const policy = policyOf(settings)
        configured.push({ caller: caller.data, credentialHash, origin: 'file', policy, ...chosen })
      } catch (error) {
        problems.push(`keys: ${name}: ${messageOf(error)}`)
      }
    } else {
      const fields = caller.error.issues.map(({ path }) => path.join('.').replace(/Id$/, ''))
      problems.push(`keys: ${name}: ${fields.join(', ')} is not a name (letters, digits, . _ -)`)
    }
  }
  if (problems.length > 0) throw configurationError(problems)
  return configured
}

/** An operator gives their keys whatever they like: unlike those that are made with another, they begin with everything. */
function policyOf(settings: FileKeySettings = {}): KeyPolicy {
  const { role = ownerPolicy.role } = settings
  const { scopes = null, ipAllow = null, maxBodyBytes = null, limits } = settingsOf(settings, null)
  return { ...ownerPolicy, role, scopes, ipAllow, maxBodyBytes, limits: limitsWith(limits) }
}

/** The name decides: a key whose value, project or models change stays the same key. Hashed, since a name may be as long as an id. */
function fileKeyId(name: string): string {
  return `file-${hashOf(name).slice(0, 16)}`
}
