import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import type { UsageRecord } from '@sluice/contracts/generation/usage-record'
import type { RequestId } from '@sluice/contracts/ids'
import type { Generations } from '@sluice/generations'
import type { Clock } from '@sluice/kernel/clock'
import { messageOf } from '@sluice/kernel/errors'
import type { Logger } from '@sluice/kernel/logger'
import { type EndedLog, readEndedLog } from './ended-log.ts'
import type { UsageMetrics } from './metrics.ts'
import { type Answer, readAnswer } from './read-answer.ts'

export interface AnswersContext {
  readonly generations: Generations
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: UsageMetrics
  /** Somebody wants the logs afterwards. */
  readonly keepsLogs: boolean
}

/** What is stored together: records, and what their logs say. */
export interface ReadRecords {
  readonly records: readonly UsageRecord[]
  readonly answers: ReadonlyMap<RequestId, Answer>
  readonly logs: ReadonlyMap<RequestId, EndedLog>
}

type Logs = ReadonlyMap<RequestId, readonly LogEntry[]>
const none: Logs = new Map()

/** Logs read at once. */
const readsAtOnce = 64
/** Of one log: what is behind it is not looked at. */
export const maxLogBytes = 4 * 1024 * 1024
/** Content that is held at once. */
const maxHeldBytes = 16 * 1024 * 1024
/** How long bills wait for logs that cannot be reached; then they go without their answers. */
const patienceMs = 10_000

/** Reads what the model answered from logs that ended, for turns of conversations, ahead of the ledger. */
export class Answers {
  readonly #context: AnswersContext
  /** Monotonic ms; null = logs can be read. */
  #failingSince: number | null = null

  constructor(context: AnswersContext) {
    this.#context = context
  }

  /** In order, in parts that memory holds; mostly one. Throws while logs cannot be reached, for a while, so that the batch comes again. */
  async *of(records: readonly UsageRecord[], atHand: Logs = none): AsyncGenerator<ReadRecords> {
    let part = newPart()
    for (let at = 0; at < records.length; at += readsAtOnce) {
      const some = records.slice(at, at + readsAtOnce)
      await Promise.all(some.map((record) => this.#read(record, part, atHand)))
      for (const record of some) {
        part.records.push(record)
        for (const { content } of record.asked?.turns ?? []) part.bytes += content.length
      }
      if (part.bytes < maxHeldBytes || at + readsAtOnce >= records.length) continue
      yield part
      part = newPart()
    }
    if (part.records.length > 0) yield part
  }

  async #read(record: UsageRecord, part: Part, atHand: Logs): Promise<void> {
    if (record.asked === undefined) return
    if (record.state !== 'completed' && record.first_part_ms === null) return
    const id = record.request_id
    const entries = atHand.get(id)
    const log = entries ? wholeLog(entries) : await this.#log(id)
    if (log === null) {
      this.#context.metrics.turnsWithoutAnswer.inc()
      return
    }
    const { stream } = record
    part.answers.set(id, readAnswer(log.entries, { requestId: id, stream, isCut: log.isCut }))
    if (!this.#context.keepsLogs || part.bytes > maxHeldBytes) return
    part.bytes += log.bytes
    part.logs.set(id, log)
  }

  async #log(id: RequestId): Promise<EndedLog | null> {
    const { generations, clock, logger } = this.#context
    try {
      const log = await readEndedLog(generations, id, maxLogBytes)
      this.#failingSince = null
      return log
    } catch (thrown) {
      const now = clock.monotonic()
      if (this.#failingSince === null)
        logger.warn({ problem: messageOf(thrown) }, 'logs of ended generations cannot be read')
      this.#failingSince ??= now
      if (now - this.#failingSince < patienceMs) throw thrown
      return null
    }
  }
}

function wholeLog(entries: readonly LogEntry[]): EndedLog {
  return { entries, bytes: entries.reduce((sum, { data }) => sum + data.length, 0), isCut: false }
}

interface Part extends ReadRecords {
  readonly records: UsageRecord[]
  readonly answers: Map<RequestId, Answer>
  readonly logs: Map<RequestId, EndedLog>
  bytes: number
}

function newPart(): Part {
  return { records: [], answers: new Map(), logs: new Map(), bytes: 0 }
}
