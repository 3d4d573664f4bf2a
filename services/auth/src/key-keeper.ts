import type { FileKey } from '@sluice/catalogue/catalogue'
import type { IdentityChange } from '@sluice/contracts/rpc/auth'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError, kernelErrors, messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import type { AuthStore } from '@sluice/store/auth-store'
import { bootstrapKey, type ConfiguredKey, fileKeysOf } from './configured-keys.ts'

/** The keys of the configuration file, as they are now. */
export interface FileKeySource {
  readonly fileKeys: readonly FileKey[]
  onChange(listener: () => void): void
}

export interface KeyKeeperContext {
  readonly store: AuthStore
  readonly fileKeys: FileKeySource
  readonly clock: Clock
  readonly logger: Logger
  readonly onChanged: (change: IdentityChange, tenant: string) => void
}

/**
 * Keeps the stored keys equal to the configuration: `AUTH_TOKEN` once, the file's whenever it changes, one run at a time. Every step is
 * idempotent, so replicas may do it side by side, and a run that failed is repeated.
 */
export class KeyKeeper implements AsyncDisposable {
  readonly #context: KeyKeeperContext
  readonly #bootstrap: ConfiguredKey
  /** The keys last applied, to tell whether a change of the file was one of its keys. */
  #applied = ''
  #wanted = false
  #failing = false
  #closed = false
  #running: Promise<void> | null = null

  constructor(bootstrapCredential: string, context: KeyKeeperContext) {
    this.#context = context
    this.#bootstrap = bootstrapKey(bootstrapCredential)
  }

  /** Throws when the bootstrap key cannot be stored or a key of the file is not valid. */
  async start(): Promise<void> {
    const { fileKeys } = this.#context
    fileKeysOf(fileKeys.fileKeys, this.#bootstrap)
    await this.#save(this.#bootstrap)
    fileKeys.onChange(() => {
      this.#request()
    })
    this.#request()
    await this.#running
  }

  /** Repeats a run that failed. */
  retry(): void {
    if (this.#wanted) this.#request()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#running
  }

  #request(): void {
    this.#wanted = true
    this.#running ??= this.#run().finally(() => {
      this.#running = null
    })
  }

  async #run(): Promise<void> {
    while (this.#wanted && !this.#closed) {
      this.#wanted = false
      try {
        await this.#applyFile()
        this.#failing = false
      } catch (error) {
        this.#wanted = !isConfigurationError(error) // that one needs another file
        this.#report(error)
        return
      }
    }
  }

  #report(error: unknown): void {
    // Once, however often it is repeated.
    if (!this.#failing)
      this.#context.logger.error(
        { problem: messageOf(error) },
        'keys of the configuration file not applied',
      )
    this.#failing = true
  }

  async #applyFile(): Promise<void> {
    const keys = fileKeysOf(this.#context.fileKeys.fileKeys, this.#bootstrap)
    const description = JSON.stringify(keys)
    if (description === this.#applied) return
    await this.#revokeOthers(new Set(keys.map(({ caller }) => caller.keyId)))
    const problems: string[] = []
    for (const key of keys) {
      if (this.#closed) return
      try {
        await this.#save(key)
      } catch (error) {
        problems.push(`${key.caller.keyName}: ${messageOf(error)}`)
      }
    }
    if (problems.length > 0) throw new Error(problems.join('; '))
    this.#applied = description
  }

  /** Before anything is saved: a key that left the file is refused even if another cannot be stored. */
  async #revokeOthers(kept: ReadonlySet<string>): Promise<void> {
    for (const keyId of await this.#context.store.listFileKeys())
      if (!kept.has(keyId)) await this.#revoke(keyId, '')
  }

  async #save(key: ConfiguredKey): Promise<void> {
    const { store, clock, onChanged } = this.#context
    const { tenantId, projectId } = key.caller
    await store.ensureProject(tenantId, projectId, clock.now())
    await this.#release(key)
    const change = await store.saveKey({ ...key, createdAt: clock.now(), expiresAt: null })
    if (change) onChanged(change, tenantId)
  }

  /** A credential that moved from one configured key to another: a live one has it only once. */
  async #release({ caller, credentialHash }: ConfiguredKey): Promise<void> {
    const holder = await this.#context.store.findKey(credentialHash)
    if (!holder || holder.revokedAt !== null || holder.origin === 'api') return
    const { keyId, tenantId } = holder.caller
    if (keyId !== caller.keyId) await this.#revoke(keyId, tenantId)
  }

  async #revoke(keyId: string, tenant: string): Promise<void> {
    const { store, clock, onChanged } = this.#context
    const change = await store.revokeKey(keyId, clock.now())
    if (change) onChanged(change, tenant)
  }
}

function isConfigurationError(error: unknown): boolean {
  return GatewayError.is(error) && error.code === kernelErrors.invalid_configuration.code
}
