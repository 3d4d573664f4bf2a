import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import type { PGlite, protocol } from '@electric-sql/pglite'
import { parseColumn } from './parse-column.ts'
import type {
  EncodedStatement,
  PgliteCommand,
  PgliteFailure,
  PgliteOpened,
  PgliteReply,
  PgliteRequest,
  PgliteWorkerData,
} from './pglite-protocol.ts'

/*
 * Entry of the thread that owns PGlite. The engine is synchronous WebAssembly: on the main thread a batch of ledger rows would stop every
 * stream for milliseconds, and a first start for seconds. Only files without imports of ours may be imported here.
 */

/** 16 MB instead of 128: the embedded default serves one process, and the operating system caches the files as well. */
const settings = ['-c', 'shared_buffers=16MB']
/** Statements kept prepared; all of ours together are fewer. */
const maxPrepared = 200

type Message = Awaited<ReturnType<PGlite['execProtocol']>>['messages'][number]
type Outcome = Omit<Extract<PgliteReply, { rows: unknown }>, 'id'>

class Engine {
  readonly #database: PGlite
  readonly #serialize: typeof protocol.serialize
  readonly #prepared = new Map<string, string>()
  #named = 0

  constructor(database: PGlite, serialize: typeof protocol.serialize) {
    this.#database = database
    this.#serialize = serialize
  }

  async run(request: PgliteRequest): Promise<Outcome> {
    if (request.begin !== null) await this.#database.exec(request.begin)
    switch (request.kind) {
      case 'query':
        return this.#query(request)
      case 'script': {
        const results = await this.#database.exec(request.text)
        const last = results.at(-1)
        return { rows: [], count: last?.affectedRows ?? 0, command: last?.command ?? '' }
      }
      case 'load':
        return this.#load(request)
      case 'close':
        // Recovery replays from the last checkpoint: without one here the next start would take longer.
        await this.#database.exec('CHECKPOINT')
        await this.#database.close()
        return { rows: [], count: 0, command: 'CLOSE' }
    }
  }

  /** One trip into the engine, planned once: `PGlite.query` makes six and plans each time. */
  async #query({
    before,
    ...statement
  }: Extract<PgliteCommand, { kind: 'query' }>): Promise<Outcome> {
    const { messages } = await this.#send(before ? [before, statement] : [statement], true)
    if (!before) return readOutcome(messages)
    return readOutcome(messages.slice(messages.findIndex(isComplete) + 1))
  }

  async #load({
    role,
    into,
    rows,
    statements,
  }: Extract<PgliteCommand, { kind: 'load' }>): Promise<Outcome> {
    try {
      const copy = `BEGIN; SET LOCAL ROLE ${role}; COPY ${into} FROM '/dev/blob'`
      await this.#database.exec(copy, { blob: new Blob([rows]) })
      await this.#send([...statements, { text: 'COMMIT', values: [] }], false)
    } catch (thrown) {
      // An engine that is broken refuses this too: the first failure says why.
      await this.#database.exec('ROLLBACK').catch(() => undefined)
      throw thrown
    }
    return { rows: [], count: 0, command: 'COMMIT' }
  }

  async #send(
    statements: readonly EncodedStatement[],
    withColumns: boolean,
  ): Promise<{ messages: readonly Message[] }> {
    const { parse, bind, describe, execute, sync } = this.#serialize
    const parts: Uint8Array[] = []
    const fresh: [string, string][] = []
    for (const { text, values } of statements) {
      let name = this.#prepared.get(text)
      if (name === undefined) {
        const isKept = this.#prepared.size + fresh.length < maxPrepared
        name = isKept ? `s${String(this.#named++)}` : ''
        if (isKept) fresh.push([text, name])
        parts.push(parse({ name, text }))
      }
      parts.push(bind({ statement: name, values: [...values] }))
      if (withColumns) parts.push(describe({ type: 'P' }))
      parts.push(execute({}))
    }
    parts.push(sync())
    const result = await this.#database.execProtocol(Buffer.concat(parts))
    for (const [text, name] of fresh) this.#prepared.set(text, name)
    return result
  }
}

function isComplete({ name }: Message): boolean {
  return name === 'commandComplete'
}

function readOutcome(messages: readonly Message[]): Outcome {
  let fields: readonly { name: string; dataTypeID: number }[] = []
  const rows: Record<string, unknown>[] = []
  let tag = ''
  for (const message of messages) {
    // PGlite types every message as its base; the name says which it is.
    if (message.name === 'rowDescription')
      ({ fields } = message as unknown as { fields: typeof fields })
    else if (message.name === 'commandComplete')
      ({ text: tag } = message as unknown as { text: string })
    else if (message.name === 'dataRow') {
      const columns = (message as unknown as { fields: readonly (string | null)[] }).fields
      const row: Record<string, unknown> = {}
      for (const [i, field] of fields.entries()) {
        const text = columns[i] ?? null
        row[field.name] = text === null ? null : parseColumn(text, field.dataTypeID)
      }
      rows.push(row)
    }
  }
  const words = tag.split(' ')
  const count = Number(words.at(-1))
  return { rows, count: Number.isNaN(count) ? 0 : count, command: words[0] ?? '' }
}

function toFailure(thrown: unknown): PgliteFailure {
  const { message, code, detail } = (thrown ?? {}) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : null)
  return { message: text(message) ?? String(thrown), code: text(code), detail: text(detail) }
}

async function serve(port: MessagePort, { folder }: PgliteWorkerData): Promise<void> {
  const post = (message: PgliteOpened | PgliteReply) => {
    port.postMessage(message)
  }
  try {
    const { PGlite, protocol } = await import('@electric-sql/pglite')
    const startParams = [...PGlite.defaultStartParams, ...settings]
    const engine = new Engine(
      await PGlite.create({ dataDir: folder, startParams }),
      protocol.serialize,
    )
    let last = Promise.resolve()
    port.on('message', (request: PgliteRequest) => {
      last = last.then(async () => {
        try {
          post({ id: request.id, ...(await engine.run(request)) })
        } catch (thrown) {
          post({ id: request.id, failure: toFailure(thrown) })
        }
      })
    })
    post({ opened: true })
  } catch (thrown) {
    post({ opened: false, problem: toFailure(thrown).message })
  }
}

// Null when something merely imports this file.
if (parentPort) void serve(parentPort, workerData as PgliteWorkerData)
