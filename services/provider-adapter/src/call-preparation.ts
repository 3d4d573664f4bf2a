import type { RouteTarget } from '@sluice/contracts/generation/route-plan'
import type { Claim } from '@sluice/generations'
import { fromUnknown, GatewayError } from '@sluice/kernel/errors'
import type { OutboundGuard } from '@sluice/outbound-guard'
import type { Credential } from '@sluice/provider-access/credentials'
import type { UpstreamRequest } from '@sluice/upstream'
import type { ConvertedRequest } from '@sluice/wire/translate'
import type { ProviderAdapterConfig } from './config.ts'
import { providerAdapterErrors } from './errors.ts'
import { type Media, mediaFor } from './media.ts'
import { outgoingCall } from './outgoing-call.ts'
import { Passage } from './passage.ts'
import type { CallableProvider } from './providers.ts'
import type { ReplyReader } from './reply-reader.ts'

export interface PreparationContext {
  readonly config: ProviderAdapterConfig
  readonly guard: OutboundGuard
  readonly provider: (name: string, tenant: string) => CallableProvider | null
}

/** `ready` or `failed` comes once for each `begin`, at once where nothing has to be waited for. */
export interface PreparationHooks {
  /** The outcome of the generation is decided: what was waited for is not needed any more, and neither hook comes. */
  isOver(): boolean
  ready(call: UpstreamRequest): void
  failed(error: GatewayError): void
}

/** Everything that a provider call needs before it is made: passage ─► media ─► encode ─► authorize. One call after the other. */
export class CallPreparation {
  /** Of the last call; null when nobody knows the provider. */
  provider: CallableProvider | null = null
  passage: Passage | null = null
  converted: ConvertedRequest | null = null
  /** Null until the call is encoded. */
  reply: ReplyReader | null = null
  readonly #context: PreparationContext
  readonly #claim: Claim
  readonly #hooks: PreparationHooks
  #media: Media | null = null

  constructor(context: PreparationContext, claim: Claim, hooks: PreparationHooks) {
    this.#context = context
    this.#claim = claim
    this.#hooks = hooks
  }

  begin(target: RouteTarget): void {
    const { tenantId } = this.#claim.request.caller
    this.reply = null
    try {
      const provider = this.#context.provider(target.provider, tenantId)
      this.provider = provider
      if (!provider) throw new GatewayError(providerAdapterErrors.provider_unknown)
      this.passage = new Passage(provider, target, tenantId, {
        passed: (credential) => {
          this.#prepare(target, provider, credential)
        },
        refused: (error) => {
          if (!this.#hooks.isOver()) this.#hooks.failed(error)
        },
      })
      this.passage.begin()
    } catch (error) {
      this.#hooks.failed(fromUnknown(error))
    }
  }

  /** The files that the messages name by address are fetched once, for all calls. */
  #prepare(target: RouteTarget, provider: CallableProvider, credential: Credential): void {
    const { request, body } = this.#claim
    try {
      const { guard } = this.#context
      const fetching = this.#media ? null : mediaFor(request, body, target.wire, provider, guard)
      if (fetching === null) this.#encode(target, provider, credential)
      else void this.#encodeAfter(fetching, target, provider, credential)
    } catch (error) {
      this.#hooks.failed(fromUnknown(error))
    }
  }

  async #encodeAfter(
    fetching: Promise<Media>,
    target: RouteTarget,
    provider: CallableProvider,
    credential: Credential,
  ): Promise<void> {
    try {
      this.#media = await fetching
      if (!this.#hooks.isOver()) this.#encode(target, provider, credential)
    } catch (error) {
      if (!this.#hooks.isOver()) this.#hooks.failed(fromUnknown(error))
    }
  }

  #encode(target: RouteTarget, provider: CallableProvider, credential: Credential): void {
    const { config } = this.#context
    try {
      const { call, converted, reply } = outgoingCall(
        this.#claim,
        target,
        provider,
        this.#media,
        config,
      )
      this.converted = converted
      this.reply = reply
      const authorized = credential.authorize(call)
      if (authorized === undefined) this.#hooks.ready(call)
      else void this.#readyAfter(authorized, call)
    } catch (error) {
      this.#hooks.failed(fromUnknown(error))
    }
  }

  async #readyAfter(authorized: Promise<void>, call: UpstreamRequest): Promise<void> {
    try {
      await authorized
      if (!this.#hooks.isOver()) this.#hooks.ready(call)
    } catch (error) {
      if (!this.#hooks.isOver()) this.#hooks.failed(fromUnknown(error))
    }
  }
}
