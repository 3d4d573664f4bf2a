import { existsSync, statSync } from 'node:fs'
import { noStoredRows, type StoredRows } from '@sluice/contracts/rows/stored-rows'
import type { Clock, Timer } from '@sluice/kernel/clock'
import type { Environment } from '@sluice/kernel/env'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { buildCatalogue } from './build-catalogue.ts'
import type { Catalogue, FileKey } from './catalogue.ts'
import type { ConfigurationFile } from './configuration-file.ts'
import { discoverModels, type Discovery } from './discover-models.ts'
import { type DiscoveredProvider, environmentProviders } from './environment-providers.ts'
import { loadPriceList, type PriceList } from './price-list.ts'
import { readConfigurationFile } from './read-configuration-file.ts'

export interface CatalogueOptions {
  readonly env: Environment
  readonly clock: Clock
  readonly logger: Logger
  /** Address of the demo provider; null = no demo models. */
  readonly demoUrl: string | null
  /** Ask environment providers for their models. Only the process that routes needs to. */
  readonly discover: boolean
}

/** The live catalogue: reading `current` is free, a changed file replaces it as a whole within `pollMs`. */
export interface CatalogueSource extends Disposable {
  readonly current: Catalogue
  readonly fileKeys: readonly FileKey[]
  /** Resolves when environment providers were asked once (or did not answer in time). */
  readonly discovered: Promise<void>
  onChange(listener: () => void): void
  /** The configuration file says what this name means. */
  isOfFile(kind: 'models' | 'aliases', name: string): boolean
  /** Puts what the database has in place of what it had. Throws, and stays as it was, when it cannot be used. */
  setStored(rows: StoredRows): void
  /** What the catalogue would be with these rows: for who is asked to make them so. */
  withStored(rows: StoredRows): Catalogue
}

const pollMs = 2_000
const discoveryMs = 60_000
const discoveryTimeoutMs = 2_000

/** Throws when the file is not valid at start; later, a bad change is logged and refused as a whole. */
export async function openCatalogue(options: CatalogueOptions): Promise<CatalogueSource> {
  const found = environmentProviders(options.env)
  const needsPrices = found.some(({ priceList }) => priceList !== null)
  const prices: PriceList = needsPrices ? await loadPriceList() : () => null
  return new LiveCatalogue(options, found, prices)
}

const configurationPath = (env: Environment) => env['CONFIG_PATH'] ?? 'sluice.yaml'

/** The configuration file, if there is one: the default path may be absent, one that was asked for may not. */
export function readConfiguredFile(env: Environment): ConfigurationFile | null {
  const path = configurationPath(env)
  if (!env['CONFIG_PATH'] && !existsSync(path)) return null
  return readConfigurationFile(path, env)
}

class LiveCatalogue implements CatalogueSource {
  readonly discovered: Promise<void>
  readonly #options: CatalogueOptions
  readonly #found: readonly DiscoveredProvider[]
  readonly #prices: PriceList
  readonly #path: string
  readonly #listeners: (() => void)[] = []
  readonly #timers: Timer[] = []
  /** By provider, as they last answered. */
  readonly #answers = new Map<string, Discovery>()
  #file: ConfigurationFile | null
  #stored: StoredRows = noStoredRows
  #version: string
  #current: Catalogue

  constructor(options: CatalogueOptions, found: readonly DiscoveredProvider[], prices: PriceList) {
    this.#options = options
    this.#found = found
    this.#prices = prices
    this.#path = configurationPath(options.env)
    this.#version = this.#fileVersion()
    this.#file = readConfiguredFile(options.env)
    this.#current = this.#build(this.#stored)
    this.#timers.push(
      options.clock.every(pollMs, () => {
        this.#reload()
      }),
    )
    this.discovered = options.discover ? this.#discover() : Promise.resolve()
    if (options.discover)
      this.#timers.push(options.clock.every(discoveryMs, () => void this.#discover()))
  }

  get current(): Catalogue {
    return this.#current
  }

  get fileKeys(): readonly FileKey[] {
    return (this.#file?.keys ?? []).map(({ name, key, tenant, project, models, ...settings }) => ({
      name,
      key,
      tenant,
      project,
      models: models ?? null,
      ...(Object.keys(settings).length > 0 ? { settings } : {}),
    }))
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  #fileVersion(): string {
    const stat = statSync(this.#path, { throwIfNoEntry: false })
    return stat ? `${String(stat.mtimeMs)}:${String(stat.size)}:${String(stat.ino)}` : ''
  }

  isOfFile(kind: 'models' | 'aliases', name: string): boolean {
    if (kind === 'aliases') return Object.hasOwn(this.#file?.aliases ?? {}, name)
    return this.#file?.models.some((model) => model.name === name) === true
  }

  setStored(rows: StoredRows): void {
    const next = this.#build(rows)
    this.#stored = rows
    this.#put(next)
  }

  withStored(rows: StoredRows): Catalogue {
    return this.#build(rows)
  }

  #build(stored: StoredRows): Catalogue {
    const { env, demoUrl } = this.#options
    const answers = [...this.#answers.values()]
    return buildCatalogue({
      file: this.#file,
      stored,
      found: this.#found,
      discovered: answers.flatMap(({ models }) => models),
      unpriced: answers.flatMap(({ unpriced }) => unpriced),
      prices: this.#prices,
      demoUrl,
      env,
    })
  }

  #replace(): void {
    this.#put(this.#build(this.#stored))
  }

  #put(next: Catalogue): void {
    this.#current = next
    for (const listener of this.#listeners) listener()
  }

  #reload(): void {
    const version = this.#fileVersion()
    if (version === this.#version) return
    this.#version = version
    try {
      this.#file = readConfiguredFile(this.#options.env)
      this.#replace()
      this.#options.logger.info({ path: this.#path }, 'configuration file applied')
    } catch (error) {
      this.#options.logger.error(
        { path: this.#path, problem: messageOf(error) },
        'configuration file refused, the last good one stays',
      )
    }
  }

  async #discover(): Promise<void> {
    const ask = async (found: DiscoveredProvider) => {
      try {
        const answer = await discoverModels(found, this.#prices, discoveryTimeoutMs)
        this.#note(found, answer)
        this.#answers.set(found.provider.name, answer)
      } catch (error) {
        const { name } = found.provider
        if (found.expected && !this.#answers.has(name)) {
          this.#options.logger.warn(
            { provider: name, problem: messageOf(error) },
            'model list not available',
          )
        }
      }
    }
    await Promise.all(this.#found.map(ask))
    this.#replace()
  }

  /** Said once, and again when it changes. */
  #note({ provider }: DiscoveredProvider, { unpriced }: Discovery): void {
    const before = this.#answers.get(provider.name)?.unpriced.length ?? 0
    if (unpriced.length === before) return
    const examples = unpriced.slice(0, 5)
    const fields = { provider: provider.name, models: unpriced.length, examples }
    this.#options.logger.info(fields, 'models without a known price are not served')
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer.cancel()
  }
}
