// The canned provider behind every set-up of the benchmark: OpenAI's chat completions and Anthropic's messages on a raw socket, one write per
// reply, so that it takes as little as possible of the machine that the gateways are measured on. Prints its port and serves until SIGTERM.
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { monotonicMicros, readMarker, type Script } from '../marker.ts'
import { type Answers, chatAnswers, notFound } from './answers.ts'
import { messagesAnswers } from './messages-answers.ts'
import { RequestReader, type UpstreamRequest } from './request-reader.ts'

const fallback: Script = { nonce: '00000000', tokens: 64, intervalMs: 0 }
const wantsStream = /"stream": ?true/
const wantsUsage = /"include_usage": ?true/

class Stream {
  readonly #socket: Socket
  readonly #script: Script
  readonly #answers: Answers
  readonly #withUsage: boolean
  #next = 0

  constructor(socket: Socket, script: Script, answers: Answers, withUsage: boolean) {
    this.#socket = socket
    this.#script = script
    this.#answers = answers
    this.#withUsage = withUsage
    socket.cork()
    socket.write(answers.streamHead)
    this.write()
    socket.uncork()
  }

  /** Writes the next part, one write each, as a model makes them; false after the last. */
  write(): boolean {
    if (this.#socket.destroyed) return false
    if (this.#next >= this.#script.tokens) {
      this.#socket.write(this.#answers.streamEnd(this.#withUsage))
      return false
    }
    this.#socket.write(this.#answers.streamPart(this.#script.nonce, this.#next, monotonicMicros()))
    this.#next += 1
    return true
  }
}

/** Unpaced streams: every one of them gets one part per loop turn. */
const unpaced = new Set<Stream>()
function turn(): void {
  for (const stream of unpaced) if (!stream.write()) unpaced.delete(stream)
  if (unpaced.size > 0) setImmediate(turn)
}

function answersAt(path: string): Answers | null {
  if (path.endsWith('/chat/completions')) return chatAnswers
  return path.endsWith('/messages') ? messagesAnswers : null
}

function answer(socket: Socket, { path, body }: UpstreamRequest): void {
  const answers = answersAt(path)
  if (!answers) {
    socket.write(notFound)
    return
  }
  const script = readMarker(body) ?? fallback
  // The flags are near either end of the body, whatever a gateway did to the order of the fields.
  const edges =
    body.toString('latin1', 0, 512) + body.toString('latin1', Math.max(512, body.length - 512))
  if (!wantsStream.test(edges)) {
    socket.write(answers.plainReply(script.nonce))
    return
  }
  const stream = new Stream(socket, script, answers, wantsUsage.test(edges))
  if (script.intervalMs === 0) {
    unpaced.add(stream)
    if (unpaced.size === 1) setImmediate(turn)
    return
  }
  const timer = setInterval(() => {
    if (!stream.write()) clearInterval(timer)
  }, script.intervalMs)
}

const server = createServer({ noDelay: true }, (socket) => {
  const reader = new RequestReader((request) => {
    answer(socket, request)
  })
  socket.on('data', (bytes) => {
    reader.push(bytes)
  })
  // A caller that went away is not an event here: the socket is closed either way.
  socket.on('error', () => socket.destroy())
})
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`)
})
process.on('SIGTERM', () => process.exit(0))
if (process.argv[3] === 'until-stdin-ends') process.stdin.on('end', () => process.exit(0)).resume()
