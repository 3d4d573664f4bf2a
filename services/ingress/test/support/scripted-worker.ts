import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { EntryHead, TerminalState } from '@sluice/contracts/generation/log-entry'
import { noUsage } from '@sluice/contracts/usage'
import type { Claim, End, Generations } from '@sluice/generations'
import { Price } from '@sluice/contracts/price'

const head: EntryHead = {
  wire: 'openai-chat',
  provider: 'stub',
  model: 'stub/model',
  reason: 'model; stub/model',
  attempt: 1,
  adapted: [],
}

/** What a script can do with one generation; each step is one through the port. */
export class Work {
  readonly claim: Claim
  readonly #generations: Generations
  readonly #cancelled = Promise.withResolvers<void>()
  #headed = false

  constructor(claim: Claim, generations: Generations) {
    this.claim = claim
    this.#generations = generations
  }

  /** Resolves when the port tells the holder that its generation was cancelled. */
  get cancelled(): Promise<void> {
    return this.#cancelled.promise
  }
  onCancelled(): void {
    this.#cancelled.resolve()
  }

  /** One entry with these event payloads. */
  async publish(...payloads: readonly string[]): Promise<void> {
    await this.#generations.append(this.claim, [
      { head: this.#head(), data: Buffer.from(payloads.join('\n')) },
    ])
  }

  async complete(...payloads: readonly string[]): Promise<void> {
    await this.#finish('completed', payloads.join('\n'), null)
  }

  async fail(
    error: GenerationError,
    state: TerminalState = 'failed',
    ...payloads: readonly string[]
  ): Promise<void> {
    await this.#finish(state, payloads.join('\n'), error)
  }

  #head(): EntryHead | null {
    if (this.#headed) return null
    this.#headed = true
    return { ...head, adapted: this.claim.request.model.includes('adapted') ? ['temperature'] : [] }
  }

  async #finish(state: TerminalState, data: string, error: GenerationError | null): Promise<void> {
    const { request } = this.claim
    const estimated = this.claim.request.model.includes('uncounted')
    const usage = { ...noUsage, input_tokens: 3, output_tokens: 5, estimated }
    const end: End = {
      terminal: {
        state,
        finishReason: state === 'completed' ? 'stop' : null,
        error,
        usage,
        amountNanoUsd: 42,
      },
      usage: {
        ...usage,
        request_id: request.id,
        tenant_id: request.caller.tenantId,
        project_id: request.caller.projectId,
        key_id: request.caller.keyId,
        user_id: request.caller.userId,
        channel: 'http',
        operation: request.operation,
        requested_model: request.model,
        model: head.model,
        provider: head.provider,
        calls: [],
        state,
        error_code: error?.code ?? null,
        amount_nano_usd: 42,
        price: null,
        stream: request.stream,
        accepted_at: request.acceptedAt,
        finished_at: request.acceptedAt,
        first_part_ms: null,
      },
    }
    const { claim } = this
    await this.#generations.finish(claim, { head: this.#head(), data: Buffer.from(data) }, end)
  }
}

export type Script = (work: Work) => Promise<void>

/** Plays router and provider-adapter: routes everything to itself and runs the script that is current when a generation is claimed. */
export async function startScriptedWorker(
  generations: Generations,
  script: () => Script,
): Promise<AsyncDisposable> {
  const price = Price.parse({ input: '1', output: '1' })
  const target = {
    provider: 'stub',
    pool: 'test',
    wire: 'openai-chat' as const,
    model: 'stub/model',
    upstreamModel: 'model',
    price,
    maxTokens: null,
    traits: {},
    maxEventBytes: null,
  }
  await using stack = new AsyncDisposableStack()
  stack.use(
    await generations.takeRequests(
      async (request) => {
        const reason = { code: 'model' as const, detail: 'stub/model' }
        await generations.route(request.id, { targets: [target], reason })
      },
      { concurrency: 1_000 },
    ),
  )
  stack.use(
    await generations.takeDispatches(
      'test',
      async (id) => {
        let work: Work | null = null
        const claimed = await generations.claim(id, () => work?.onCancelled())
        if (!claimed.ok) return
        work = new Work(claimed.claim, generations)
        await script()(work)
      },
      { concurrency: 1_000 },
    ),
  )
  const owned = stack.move()
  return { [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
