import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { GatewayError } from '@sluice/kernel/errors'
import { z } from 'zod'
import { flinkErrors } from './errors.ts'
import type { FlinkFiles } from './flink-files.ts'

const Answer = z.object({
  result: z.unknown().optional(),
  refused: z.string().optional(),
  failed: z.string().optional(),
})

/** How much of what the process said last goes into an error. */
const maxSaid = 4_000

/** The Java process that handles the tables: started by the first request, one request at a time, ended by `close`. */
export class LakeAdmin {
  readonly #files: FlinkFiles
  readonly #catalogue: Readonly<Record<string, string>>
  #child: ChildProcessByStdio<Writable, Readable, Readable> | null = null
  #answers: AsyncIterator<string> | null = null
  #said = ''
  #last: Promise<unknown> = Promise.resolve()

  constructor(files: FlinkFiles, catalogue: Readonly<Record<string, string>>) {
    this.#files = files
    this.#catalogue = catalogue
  }

  ask<Result>(
    op: string,
    request: Readonly<Record<string, unknown>>,
    schema: z.ZodType<Result>,
  ): Promise<Result> {
    const before = this.#last
    const answered = (async () => {
      await before.catch(() => undefined)
      if (!this.#child) {
        this.#start()
        await this.#send({ op: 'open', catalogue: this.#catalogue })
      }
      return schema.parse(await this.#send({ op, ...request }))
    })()
    this.#last = answered
    return answered
  }

  #start(): void {
    const { java, javaArguments, classPath } = this.#files
    const machine = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
    const child = spawn(
      java,
      [`@${javaArguments}`, ...machine, '-cp', classPath, 'sluice.lake.LakeAdmin'],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    )
    child.on('error', (error) => {
      this.#said += error.message
    })
    child.stdin.on('error', () => undefined) // its end is told by the missing answer
    child.stderr.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-maxSaid)
    })
    this.#child = child
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  async #send(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    this.#child?.stdin.write(`${JSON.stringify(request)}\n`)
    const line = await this.#answers?.next()
    if (!line || line.done) {
      this.#child = null
      throw new GatewayError(flinkErrors.lake_unavailable, `the lake's Java ended: ${this.#said}`)
    }
    const { result, refused, failed } = Answer.parse(JSON.parse(line.value))
    if (refused !== undefined) throw new GatewayError(flinkErrors.lake_refused, refused)
    if (failed !== undefined) throw new GatewayError(flinkErrors.lake_unavailable, failed)
    return result
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined)
    const child = this.#child
    if (!child || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.stdin.end()
    await gone
  }
}
