import type { Clock, Timer } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import { models } from './demo-request.ts'

export interface RegistrarOptions {
  /** The gateway, without `/v1`. */
  readonly gateway: string
  readonly key: string
  readonly name: string
  /** Of this server, as the gateway reaches it. */
  readonly url: string
  readonly leaseS: number
  readonly clock: Clock
  readonly say: (text: string) => void
}

/** Tells a gateway that this backend is there, again after half of each lease; takes it out when disposed. */
export class Registrar implements AsyncDisposable {
  readonly #options: RegistrarOptions
  readonly #timer: Timer
  #isRegistered = false

  constructor(options: RegistrarOptions) {
    this.#options = options
    this.#timer = options.clock.every(options.leaseS * 500, () => void this.register())
  }

  async register(): Promise<void> {
    const { name, url, leaseS, say } = this.#options
    try {
      const body = {
        wire: 'openai-chat',
        base_url: `${url}/v1`,
        models: models.map((model) => ({
          name: `${name}/${model.replace(/^demo\//, '')}`,
          upstream_model: model,
          price: 'free',
        })),
        lease_s: leaseS,
      }
      const response = await this.#send('PUT', JSON.stringify(body))
      const text = await response.text()
      if (!response.ok) throw new Error(`${String(response.status)} ${text}`)
      if (!this.#isRegistered) say(`registered as ${name}\n`)
      this.#isRegistered = true
    } catch (problem) {
      this.#isRegistered = false
      say(`not registered: ${messageOf(problem)}\n`)
    }
  }

  #send(method: 'PUT' | 'DELETE', body: string | null): Promise<Response> {
    const { gateway, key, name } = this.#options
    return fetch(`${gateway}/v1/registry/${encodeURIComponent(name)}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(5_000),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.cancel()
    if (!this.#isRegistered) return
    // The lease ends it where this does not arrive.
    await this.#send('DELETE', null).catch(() => undefined)
  }
}
