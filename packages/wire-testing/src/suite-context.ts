import { expect } from '@jest/globals'
import type { Usage } from '@sluice/contracts/usage'
import { GatewayError } from '@sluice/kernel/errors'
import type {
  Finish,
  FinishReason,
  PartDecoder,
  PartsEnd,
  StreamPart,
} from '@sluice/wire/canonical-reply'
import type { AssistantPart, CanonicalRequest } from '@sluice/wire/canonical-request'
import { asStreamParts } from '@sluice/wire/stream-parts'
import type { ReplyEdits, TargetEdits, WireFormat } from '@sluice/wire/wire-format'
import { inPieces } from './arbitraries.ts'
import { usage } from './samples.ts'

export interface WireFormatSuite {
  readonly format: WireFormat
  /** What is left of a request that this wire has carried; absent = all of it. */
  readonly requestForm?: (request: CanonicalRequest) => CanonicalRequest
  /** What is left of an answer that this wire has carried (ids it has none of); absent = all of it. */
  readonly answerForm?: (content: readonly AssistantPart[]) => readonly AssistantPart[]
  readonly usageForm?: (usage: Usage) => Usage
  /** Reasons that this wire cannot tell from another one. */
  readonly finishForm?: (reason: FinishReason) => FinishReason
  /** The wire ends its streams by closing: cut after the last payload, they are whole. */
  readonly endsByClosing?: boolean
}

export const target: TargetEdits = {
  upstreamModel: 'fast-2',
  stream: false,
  maxTokens: null,
  traits: {},
}
export const edits: ReplyEdits = {
  model: 'acme/fast',
  includeUsage: true,
  requestId: '01a1ffac-62d5-734b-ae8d-fd3d4d969312',
  created: 1_790_000_000,
  maxEventBytes: 100_000,
  request: null,
}
export const reasons: readonly FinishReason[] = ['stop', 'length', 'tool_calls', 'content_filter']

/** The suite with everything that it may leave out. */
export type FullSuite = Required<WireFormatSuite>

/** The payloads of a whole stream, its texts in pieces of so many characters. */
export function encoded(
  format: WireFormat,
  content: readonly AssistantPart[],
  finish: Finish,
  size = 5,
): string[] {
  const encoder = format.createPartEncoder(edits)
  const payloads = inPieces(asStreamParts(content), size).flatMap((part) => encoder.encode([part]))
  return [...payloads, ...encoder.end(finish, usage)]
}

export function decode(
  format: WireFormat,
  pieces: readonly Buffer[],
): { parts: StreamPart[]; end: PartsEnd } {
  return decodeAll(format.createPartDecoder(edits), pieces)
}

function decodeAll(
  decoder: PartDecoder,
  pieces: readonly Buffer[],
): { parts: StreamPart[]; end: PartsEnd } {
  const parts = pieces.flatMap((piece) => decoder.push(piece))
  const end = decoder.end()
  if (end.ok) parts.push(...end.parts)
  requireWellFormed(parts)
  return { parts, end }
}

/** Calls begin once, counted from 0, before their arguments; no two have the same id. */
function requireWellFormed(parts: readonly StreamPart[]): void {
  const ids: string[] = []
  for (const part of parts) {
    if (part.type === 'tool-call') {
      expect(part.index).toBe(ids.length)
      expect(ids).not.toContain(part.id)
      expect(part.id).not.toBe('')
      ids.push(part.id)
    } else if (part.type === 'tool-arguments') expect(part.index).toBeLessThan(ids.length)
  }
}

export function onlyWireErrors(act: () => unknown): void {
  try {
    act()
  } catch (error) {
    if (!GatewayError.is(error)) throw error
    expect(error.status).toBeGreaterThanOrEqual(400)
  }
}
