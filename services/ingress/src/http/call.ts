import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Access } from '@sluice/contracts/access'
import type { Caller } from '@sluice/contracts/caller'
import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { EntryHead, Terminal, TerminalState } from '@sluice/contracts/generation/log-entry'
import type { RequestId } from '@sluice/contracts/ids'
import type { Tail } from '@sluice/generations'
import type { Placed } from '@sluice/kernel/transient-set'
import type { CallerFormat } from '@sluice/wire/wire-format'
import { openAiChat } from '@sluice/wire-openai-chat'
import { clientRequestId } from './caller-headers.ts'
import type { DisconnectPolicy } from './disconnect-policy.ts'
import type { Quota } from './limit-headers.ts'

/**
 * Why nobody reads the answer any more: the client closed, it took nothing for too long, the gateway shut down under it, or lost sight of the
 * log it was showing.
 */
export type Departure = 'client_disconnected' | 'stalled' | 'drained' | 'log_lost'

/** How a call ended for its client. The values are metric labels: the set is fixed. */
export type Outcome = TerminalState | Departure | 'refused'

/** One reader of a generation as the edge sees it, from its head to its last byte. What it holds at the end is its wide log event. */
export class Call implements Placed {
  /** Names the generation whose answer this is: its own, until it is attached to another one. */
  id: RequestId
  place = -1
  readonly clientRequestId: string | null
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Monotonic ms. */
  readonly startedAt: number

  /** What errors and events look like. */
  dialect: CallerFormat = openAiChat
  caller: Caller | null = null
  /** What its caller may do. */
  access: Access | null = null
  model: string | null = null
  stream = false
  /** The back end took it, or had it before: there is a log to read. */
  accepted = false
  /** It shows the generation of an earlier call. */
  attached = false
  /** What the edge itself changed in the call; the provider-adapter adds to it. */
  adapted: readonly string[] = []
  /** It goes on without its client, who comes back for the answer. */
  background = false
  /** Its response is kept under this id, and waits for its end. */
  keptId: RequestId | null = null
  /** A retry of it is to be told from a new call by whether it was delivered. */
  reportsDelivery = false
  /** The generation runs and counts on this reader; what becomes of it when the reader leaves. */
  policy: DisconnectPolicy | null = null
  tail: Tail | null = null
  /** The limit that the headers of its answer tell of, set on admission: the nearest, or the one that keeps it out; null without limits. */
  quota: Quota | null = null
  head: EntryHead | null = null
  /** Of the last entry that was sent. */
  lastData: Buffer | null = null
  terminal: Terminal | null = null
  error: GenerationError | null = null
  departure: Departure | null = null
  /** Monotonic ms. */
  firstPartAt: number | null = null
  /** Sends the head of a stream that has nothing to say yet; null when it is not wanted, or was sent. */
  openSilent: (() => void) | null = null
  /** Monotonic ms; null while no stream is open. */
  lastWriteAt: number | null = null
  bytesIn = 0
  bytesOut = 0

  readonly #onOver: (call: Call) => void
  #answering = true
  #connected = true

  /** `onOver` is called once: when the answer was handed over or given up, and the connection has seen the last of it. */
  constructor(
    id: RequestId,
    request: IncomingMessage,
    response: ServerResponse,
    startedAt: number,
    onOver: (call: Call) => void,
  ) {
    this.id = id
    this.clientRequestId = clientRequestId(request.headers)
    this.request = request
    this.response = response
    this.startedAt = startedAt
    this.#onOver = onOver
    response.once('close', () => {
      this.disconnected()
    })
  }

  /** The route is done with the call. */
  answered(): void {
    this.#answering = false
    if (!this.#connected) this.#onOver(this)
  }

  /** The response was sent to its end, or its connection is gone. */
  disconnected(): void {
    if (!this.#connected) return
    this.#connected = false
    // Node takes the socket off a response that was sent whole; one that still waits behind another has none yet.
    const { writableFinished, socket } = this.response
    if (!writableFinished || socket !== null) this.#depart('client_disconnected')
    if (!this.#answering) this.#onOver(this)
  }

  /** Closes the connection under the client: it sees an error, never an end that looks whole. */
  cut(departure: Departure): void {
    this.#depart(departure)
    this.request.socket.destroy()
  }

  /** The answer has no reader any more; whoever waits for its next entry gets none. */
  #depart(departure: Departure): void {
    this.departure ??= departure
    this.tail?.[Symbol.dispose]()
  }

  /** Its client is there and waits for an end that has not come. */
  get isUnanswered(): boolean {
    return this.departure === null && this.terminal === null
  }

  /** The client took the answer to its end. */
  get wasDelivered(): boolean {
    return this.departure === null && this.terminal !== null
  }

  get outcome(): Outcome {
    if (this.departure !== null) return this.departure
    if (this.terminal !== null) return this.terminal.state
    // Its answer is that it was accepted.
    if (this.accepted && this.background && !this.stream) return 'completed'
    return this.accepted ? 'log_lost' : 'refused'
  }
}
