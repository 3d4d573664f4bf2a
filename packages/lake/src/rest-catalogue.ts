import { parseMetadata, type TableMetadata } from '@sluice/iceberg/metadata'
import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import { z } from 'zod'
import type { CatalogueConfig } from './catalogue-config.ts'
import { lakeErrors } from './errors.ts'
import type { IcebergCatalogue } from './iceberg-catalogue.ts'

const Settings = z.object({
  defaults: z.record(z.string(), z.string()).default({}),
  overrides: z.record(z.string(), z.string()).default({}),
})
const Token = z.object({ access_token: z.string(), expires_in: z.number().default(3_600) })

const timeoutMs = 10_000
/** A token is asked for anew so long before it ends. */
const earlyMs = 30_000

/** Iceberg's REST catalogue, as far as a reader needs it: its settings, a token by client credentials, and a table's metadata. */
export function restCatalogue(config: CatalogueConfig, clock: Clock): IcebergCatalogue {
  const { uri, credential, warehouse, properties } = config
  const base = uri.replace(/\/+$/, '')
  let settings: Promise<Readonly<Record<string, string>>> | null = null
  let token: { readonly text: string; readonly until: number } | null = null

  async function ask(url: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    } catch (cause) {
      throw unreadable('the catalogue does not answer', cause)
    }
  }

  async function authorization(): Promise<Record<string, string>> {
    const given = properties['token']
    if (given !== undefined) return { authorization: `Bearer ${given}` }
    if (credential === null) return {}
    if (!token || token.until <= clock.now()) token = await newToken(credential)
    return { authorization: `Bearer ${token.text}` }
  }

  async function newToken(secret: string) {
    const at = secret.indexOf(':')
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      scope: properties['scope'] ?? 'catalog',
      client_secret: secret.slice(at + 1),
    })
    if (at >= 0) form.set('client_id', secret.slice(0, at))
    const url = properties['oauth2-server-uri'] ?? `${base}/v1/oauth/tokens`
    const response = await ask(url, { method: 'POST', body: form })
    if (!response.ok) throw unreadable(`${url} gives no token: ${String(response.status)}`)
    const { access_token: text, expires_in: seconds } = Token.parse(await response.json())
    return { text, until: clock.now() + seconds * 1_000 - earlyMs }
  }

  async function get(path: string): Promise<Response> {
    const headers = { ...ownHeaders(properties), ...(await authorization()) }
    const response = await ask(`${base}/${path}`, { headers })
    // Whoever gave it may have taken it back.
    if (response.status === 401) token = null
    return response
  }

  async function readSettings(): Promise<Readonly<Record<string, string>>> {
    const query = warehouse === null ? '' : `?warehouse=${encodeURIComponent(warehouse)}`
    const response = await get(`v1/config${query}`)
    if (!response.ok) throw unreadable(`v1/config: ${String(response.status)}`)
    const { defaults, overrides } = Settings.parse(await response.json())
    return { ...defaults, ...properties, ...overrides }
  }

  return {
    async load(namespace, table): Promise<TableMetadata | null> {
      settings ??= readSettings()
      const { prefix } = await settings.catch((error: unknown) => {
        settings = null
        throw error
      })
      const root = prefix ? `v1/${prefix}` : 'v1'
      const path = `${root}/namespaces/${encodeURIComponent(namespace)}/tables/${encodeURIComponent(table)}`
      const response = await get(path)
      if (response.status === 404) return null
      if (!response.ok) throw unreadable(`${path}: ${String(response.status)}`)
      return metadataOf(await response.text())
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

/** The metadata comes with the answer, so that the catalogue's file of it is not read. */
function metadataOf(text: string): TableMetadata {
  const { metadata } = parseMetadata(text) as unknown as { readonly metadata: TableMetadata }
  return metadata
}

function ownHeaders(properties: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) =>
      name.startsWith('header.') ? [[name.slice('header.'.length), value]] : [],
    ),
  )
}

function unreadable(message: string, cause?: unknown): GatewayError {
  return new GatewayError(lakeErrors.lake_unreadable, message, { cause })
}
