import { openDatabase } from '@sluice/adapters/adapters'
import { readAdaptersConfig } from '@sluice/adapters/adapters-config'
import { openKeyRing } from '@sluice/adapters/key-ring'
import { readProcessConfig } from '@sluice/adapters/process-config'
import { authPlace } from '@sluice/catalogue/sealed-place'
import type { StoredProvider } from '@sluice/contracts/rows/stored-rows'
import { configurationError } from '@sluice/kernel/env'
import { defineErrors, GatewayError, messageOf } from '@sluice/kernel/errors'
import { createSecretBox, type SecretBox } from '@sluice/secret-box'
import { createPostgresProviderStore } from '@sluice/store-postgres/postgres-provider-store'
import type { ProviderStore } from '@sluice/store/provider-store'
import { type CommandContext, print } from './command.ts'

const cliErrors = defineErrors({
  credentials_unreadable: {
    status: 500,
    retryable: false,
    title: 'Stored credentials cannot be decrypted',
  },
})

/**
 * Encrypts every stored credential with the current key, so that the earlier ones can go. The gateway may run: it needs both keys until this is done,
 * and goes on without an interruption. Safe to repeat.
 */
export async function rotateSecrets(context: CommandContext): Promise<void> {
  const { env } = context
  const { dataDir } = readAdaptersConfig(env, 0)
  const { production } = readProcessConfig(env, { drainDelayMs: 0, shutdownTimeoutMs: 0 })
  const ring = openKeyRing(env, { production, dataDir })
  if (ring === null) throw configurationError(['ENCRYPTION_KEY: must be set'])
  await using database = await openDatabase(readAdaptersConfig(env, 0))
  const store = await createPostgresProviderStore(database)
  const report = await resealAll(store, createSecretBox(ring))
  const { credentials, resealed, unreadable } = report
  const failed =
    unreadable.length === 0
      ? ''
      : ` ${unreadable.map(({ row, problem }) => `${row}: ${problem}`).join('; ')}.`
  print(
    context,
    { key_id: ring.currentId, credentials, resealed, unreadable },
    `${String(resealed)} of ${String(credentials)} stored credentials were encrypted anew with the key ${ring.currentId}.${failed}`,
  )
  if (unreadable.length > 0) {
    const message = `${String(unreadable.length)} stored credentials cannot be decrypted: keep the earlier keys, or set them again`
    throw new GatewayError(cliErrors.credentials_unreadable, message)
  }
}

export interface Resealed {
  readonly credentials: number
  readonly resealed: number
  readonly unreadable: readonly { readonly row: string; readonly problem: string }[]
}

const maxTries = 10

/** In one step, so that a crash leaves all of them as they were. Begins again when somebody changes a row meanwhile. */
export async function resealAll(store: ProviderStore, box: SecretBox): Promise<Resealed> {
  for (let i = 0; i < maxTries; i++) {
    const { revision, value } = await store.read()
    const sealed = value.providers.filter(({ auth }) => auth !== null)
    const unreadable: { row: string; problem: string }[] = []
    const changes = sealed.flatMap((provider) => {
      try {
        const row = resealed(provider, box)
        return row === null ? [] : [{ put: 'provider', row } as const]
      } catch (problem) {
        const { tenant, row } = provider
        unreadable.push({ row: `${tenant ?? '*'}/${row.name}`, problem: messageOf(problem) })
        return []
      }
    })
    const written = changes.length === 0 ? revision : await store.write(changes, revision)
    if (written !== null)
      return { credentials: sealed.length, resealed: changes.length, unreadable }
  }
  throw new Error('the rows are changed all the time: try again')
}

/** Null: it is under the current key. */
function resealed(provider: StoredProvider, box: SecretBox): StoredProvider | null {
  const { tenant, row, auth } = provider
  if (auth === null) return null
  const place = authPlace(tenant, row.name, row.base_url)
  if (box.isCurrent(auth.sealed)) {
    // Also what needs no other key is tried: a report that all is well must be true.
    box.open(auth.sealed, place)
    return null
  }
  return { ...provider, auth: { ...auth, sealed: box.reseal(auth.sealed, place) } }
}
