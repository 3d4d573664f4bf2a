import { createHash } from 'node:crypto'
import { AskedTurns } from '@sluice/contracts/generation/asked-turns'
import { EntryHead, Terminal } from '@sluice/contracts/generation/log-entry'
import { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import { RoutePlan } from '@sluice/contracts/generation/route-plan'
import { UsageRecord } from '@sluice/contracts/generation/usage-record'
import { z } from 'zod'

/**
 * One kind of message as it lies in Redis, between processes that may be a version apart. It carries a digest of its schema. What was written
 * under the same schema is taken as it is: it was checked when it was made, and to check it again would cost every request. What was not
 * is read through the schema, which supplies what the writer did not know yet, and leaves out what the reader does not know yet.
 */
export class StoredJson<Message extends object> {
  readonly #schema: z.ZodType<Message>
  #opening: string | null = null

  constructor(schema: z.ZodType<Message>) {
    this.#schema = schema
  }

  write(message: Message): string {
    return this.#prefix() + JSON.stringify(message).slice(1)
  }

  /** Throws when it was written under a schema that this one cannot read: against the rule for changes of contracts. */
  read(text: string): Message {
    const prefix = this.#prefix()
    if (text.startsWith(prefix)) return JSON.parse(`{${text.slice(prefix.length)}`) as Message
    return this.#schema.parse(JSON.parse(text))
  }

  #prefix(): string {
    if (this.#opening !== null) return this.#opening
    const shape = JSON.stringify(z.toJSONSchema(this.#schema, { unrepresentable: 'any' }))
    const digest = createHash('sha256').update(shape).digest('hex').slice(0, 12)
    this.#opening = `{"schema":"${digest}",`
    return this.#opening
  }
}

export const storedRequest = new StoredJson(GenerationRequest)
export const storedPlan = new StoredJson(RoutePlan)
export const storedHead = new StoredJson(EntryHead)
export const storedTerminal = new StoredJson(Terminal)
export const storedUsage = new StoredJson(UsageRecord)
export const storedAsked = new StoredJson(AskedTurns)
