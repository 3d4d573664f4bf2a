import { timeOf } from '@sluice/contracts/http/shapes'
import type { ProviderReplica } from '@sluice/contracts/http/routes/providers'
import { ProviderStandings, standingsChannel } from '@sluice/contracts/rpc/provider-adapter'
import type { Clock } from '@sluice/kernel/clock'
import type { WorkQueue } from '@sluice/work-queue'

/** A provider-adapter that has said nothing for so long is not there any more. */
const staleMs = 20_000

/** What the provider-adapters last said of their providers. */
export class Standings implements AsyncDisposable {
  readonly #clock: Clock
  readonly #reports = new Map<string, { readonly report: ProviderStandings; readonly at: number }>()
  #subscription: AsyncDisposable | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async follow(queue: WorkQueue): Promise<void> {
    this.#subscription = await queue.onBroadcast(standingsChannel, (message) => {
      const heard = ProviderStandings.safeParse(message)
      if (!heard.success) return
      this.#forgetStale()
      this.#reports.set(heard.data.instance, { report: heard.data, at: this.#clock.monotonic() })
    })
  }

  /** By `providerId`: one entry for each provider-adapter that knows it. */
  of(id: string): ProviderReplica[] {
    this.#forgetStale()
    return Array.from(this.#reports.values()).flatMap(({ report }) =>
      report.providers
        .filter((provider) => provider.id === id)
        .map(({ id: _id, at, ...standing }) => ({
          ...standing,
          at: timeOf(at),
          instance: report.instance,
        })),
    )
  }

  #forgetStale(): void {
    const oldest = this.#clock.monotonic() - staleMs
    for (const [instance, { at }] of this.#reports) if (at < oldest) this.#reports.delete(instance)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#subscription?.[Symbol.asyncDispose]()
  }
}
