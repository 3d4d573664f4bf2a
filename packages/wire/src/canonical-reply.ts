import type { GenerationError } from '@sluice/contracts/generation/generation-error'
import type { Usage } from '@sluice/contracts/usage'
import type { WireName } from '@sluice/contracts/wire-name'
import type { AssistantPart } from './canonical-request.ts'

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

export interface Finish {
  readonly reason: FinishReason
  /** The stop sequence that was met. */
  readonly stopSequence?: string
  /** The provider's own word where ours says less (`pause_turn`, `OTHER`). */
  readonly raw?: string
}

export interface Choice {
  readonly content: readonly AssistantPart[]
  readonly finish: Finish
}

/** A whole answer. */
export interface CanonicalReply extends Choice {
  /** From the second on, where the caller asked for several (`n`). */
  readonly others?: readonly Choice[]
  /** Null when the provider reported none. */
  readonly usage: Usage | null
}

/** A piece of a streamed answer, and which answer of several it is of (`n`); absent = the first. Those of several may interleave. */
export type StreamPart = StreamPiece & { readonly choice?: number }

/**
 * In order. Pieces of one kind that follow one another belong together; a piece of another kind begins another part of the answer, but for tool
 * calls, which are told apart by `index` and may interleave (T01).
 */
type StreamPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'refusal'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  /** Ends the reasoning before it, which may have no text at all (T23). */
  | {
      readonly type: 'reasoning-signature'
      readonly signature?: string
      readonly redacted?: string
      readonly id?: string
      readonly origin: WireName
    }
  /** Begins a call. `index` counts the calls of the answer from 0 in the order of their beginnings; `id` is never empty and never repeats. */
  | {
      readonly type: 'tool-call'
      readonly index: number
      readonly id: string
      readonly name: string
      readonly signature?: string
    }
  | { readonly type: 'tool-arguments'; readonly index: number; readonly text: string }
  /** What the provider counted so far (Anthropic says the input first). The last one counts; none are added up. */
  | { readonly type: 'usage'; readonly usage: Usage }

/**
 * Feeds on raw bytes as they come off the socket, cut anywhere. Never throws: a failure is told by `end`. What it gives from any bytes is
 * well formed: calls begin once, in the order of their indexes, before their arguments.
 */
export interface PartDecoder {
  push(chunk: Buffer): readonly StreamPart[]
  /** The end marker or an error has been seen: nothing that may still come counts. */
  readonly done: boolean
  /** The source closed. */
  end(): PartsEnd
}

export type PartsEnd =
  | {
      readonly ok: true
      /** What was still held. */
      readonly parts: readonly StreamPart[]
      readonly finish: Finish
      /** Of the second answer on. */
      readonly others?: readonly Finish[]
      readonly usage: Usage | null
    }
  /** No terminal event, an error event, or garbage: an error however much came before it. */
  | { readonly ok: false; readonly error: GenerationError; readonly usage: Usage | null }

/** Gives the event payloads of one stream of a dialect, each one JSON text without a raw newline (or the dialect's end marker). */
export interface PartEncoder {
  encode(parts: readonly StreamPart[]): string[]
  /**
   * What closes open parts, and the events of the end. Called once, last; not called for a stream that failed. `others`: how the second answer
   * and those after it ended; dialects that have one answer only leave all others out.
   */
  end(finish: Finish, usage: Usage | null, others?: readonly Finish[]): string[]
}
