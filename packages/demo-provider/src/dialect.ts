import type { IncomingHttpHeaders } from 'node:http'
import type { DemoReply } from './demo-reply.ts'
import type { DemoRequest } from './demo-request.ts'

/** One wire format as the demo provider speaks it. */
export interface Dialect {
  readonly contentType: string
  readonly endMarker: string
  /** A frame that is not valid, for `:garbage`. */
  readonly garbage: string
  /** Null when the model is unknown or there are no messages. */
  parse(body: Readonly<Record<string, unknown>>, headers: IncomingHttpHeaders): DemoRequest | null
  plain(request: DemoRequest, reply: DemoReply): string
  /** What a stream begins with, before its first token. */
  opening(request: DemoRequest, reply: DemoReply): string
  /** The stream's frames up to the one with the finish reason, each with the tokens it carries. */
  parts(request: DemoRequest, reply: DemoReply): Iterable<readonly [frame: string, tokens: number]>
  /** The frames with finish reason and usage. */
  last(request: DemoRequest, reply: DemoReply): string
  /** For dialects with a status of their own for an overload. */
  errorStatus?(status: number): number
  /** `waitMs`: for dialects that say the wait in the body. */
  errorBody(
    message: string,
    type: string,
    code: string | null,
    param: string | null,
    waitMs?: number,
  ): string
  /** `frames`: those of `parts` that were sent before it. */
  errorPart(body: string, sent: SentFrames): string
}

export interface SentFrames {
  readonly request: DemoRequest
  readonly reply: DemoReply
  readonly frames: number
}
