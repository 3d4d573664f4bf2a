import type { WireName } from '@sluice/contracts/wire-name'
import { GatewayError } from '@sluice/kernel/errors'
import { wireErrors } from '@sluice/wire/errors'
import { type JsonMembers, scanMembers } from '@sluice/wire/splice'
import type { EncodedRequest, RequestEdits } from '@sluice/wire/wire-format'
import { isObject } from './json.ts'

const limits = ['max_completion_tokens', 'max_tokens'] as const
const edited = ['model', 'stream', 'stream_options', ...limits] as const
type Edited = (typeof edited)[number]
type Changes = Partial<Record<Edited, string | null>>

/**
 * The caller's bytes with five members edited: the provider's model name, `stream`, the usage chunk (always asked for on a stream: it is what we
 * bill from), and the cap on the answer's length.
 */
export function encodeRequest(body: Buffer, from: WireName, edits: RequestEdits): EncodedRequest {
  if (from !== 'openai-chat') throw new GatewayError(wireErrors.wire_unsupported)
  const members = scanMembers(body, edited)
  const changes: Changes = { model: JSON.stringify(edits.upstreamModel) }
  const adapted: string[] = []
  if ((members.read('stream') === true) !== edits.stream) changes.stream = String(edits.stream)
  askForUsage(members, edits.stream, changes)
  if (edits.maxTokens !== null) capTokens(members, edits.maxTokens, changes, adapted)
  return { body: members.edit(changes), adapted }
}

/** `stream_options` beside a plain call is refused by OpenAI itself, so it is taken out there. */
function askForUsage(members: JsonMembers<Edited>, stream: boolean, changes: Changes): void {
  const options = members.read('stream_options')
  if (!stream) {
    if (options !== undefined) changes.stream_options = null
  } else if (!isObject(options)) changes.stream_options = '{"include_usage":true}'
  else if (options['include_usage'] !== true) {
    changes.stream_options = JSON.stringify({ ...options, include_usage: true })
  }
}

/** Lowers whichever limit the caller set; sets `max_tokens`, which every vendor of this dialect knows, when there is none. */
function capTokens(
  members: JsonMembers<Edited>,
  maxTokens: number,
  changes: Changes,
  adapted: string[],
): void {
  let limited = false
  for (const name of limits) {
    const value = members.read(name)
    if (typeof value !== 'number') continue
    limited = true
    if (value <= maxTokens) continue
    changes[name] = String(maxTokens)
    adapted.push(name)
  }
  if (limited) return
  changes.max_tokens = String(maxTokens)
  adapted.push('max_tokens')
}
