import type { IdentityChanged } from '@sluice/contracts/topics/identity-changed'
import type { AuthStore, NewKey, StoredKey } from './auth-store.ts'

/** For tests and simulation: lives as long as the process. */
export function createMemoryAuthStore(): AuthStore {
  return new MemoryAuthStore()
}

class MemoryAuthStore implements AuthStore {
  readonly #projects = new Set<string>()
  readonly #keys = new Map<string, StoredKey>()
  #revision = 0

  async ensureProject(tenantId: string, projectId: string): Promise<void> {
    const path = `${tenantId}/${projectId}`
    if (this.#projects.has(path)) return
    this.#projects.add(path)
    this.#revision += 1
  }

  async findKey(credentialHash: string): Promise<StoredKey | null> {
    const found = [...this.#keys.values()].filter((key) => key.credentialHash === credentialHash)
    return copy(found.find(isLive) ?? found[0] ?? null)
  }

  async saveKey(key: NewKey): Promise<IdentityChanged | null> {
    const { keyId, tenantId, projectId } = key.caller
    if (!this.#projects.has(`${tenantId}/${projectId}`))
      throw new Error(`there is no project ${tenantId}/${projectId}`)
    const known = this.#keys.get(keyId)
    if (known && isLive(known) && sameKey(known, key)) return null
    const rival = [...this.#keys.values()].find(
      (other) =>
        other.caller.keyId !== keyId &&
        isLive(other) &&
        other.credentialHash === key.credentialHash,
    )
    if (rival) throw new Error(`key ${rival.caller.keyId} has the same credential`)
    const createdAt = known?.createdAt ?? key.createdAt
    this.#keys.set(keyId, copy({ ...key, createdAt, revokedAt: null }))
    return this.#changed(keyId, known ? 'changed' : 'created', key.createdAt)
  }

  async revokeKey(keyId: string, at: number): Promise<IdentityChanged | null> {
    const known = this.#keys.get(keyId)
    if (!known || !isLive(known)) return null
    this.#keys.set(keyId, { ...known, revokedAt: at })
    return this.#changed(keyId, 'revoked', at)
  }

  async listFileKeys(): Promise<readonly string[]> {
    const live = [...this.#keys.values()].filter((key) => key.origin === 'file' && isLive(key))
    return live.map((key) => key.caller.keyId)
  }

  async revision(): Promise<number> {
    return this.#revision
  }

  #changed(id: string, change: IdentityChanged['change'], at: number): IdentityChanged {
    this.#revision += 1
    return { entity: 'key', id, change, revision: this.#revision, at }
  }
}

/** Serialised like a database does it: what a caller changes later is not changed here. */
function copy<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value)) as Value
}

function isLive(key: StoredKey): boolean {
  return key.revokedAt === null
}

/** Equal but for the time of creation, which the first save decides. */
function sameKey(a: NewKey, b: NewKey): boolean {
  return (
    a.caller.tenantId === b.caller.tenantId &&
    a.caller.projectId === b.caller.projectId &&
    a.caller.keyName === b.caller.keyName &&
    JSON.stringify(a.caller.models) === JSON.stringify(b.caller.models) &&
    a.credentialHash === b.credentialHash &&
    a.origin === b.origin &&
    a.expiresAt === b.expiresAt
  )
}
