import type { GenerationSummary } from '@sluice/contracts/generation/generation-summary'
import type { LogEntry } from '@sluice/contracts/generation/log-entry'
import { ArchivedGeneration } from '@sluice/contracts/rpc/usage'
import { z } from 'zod'

/*
 * An ended generation as bytes: a line of JSON with everything but the entries' data, then the data one after the other. It stays outside of
 * the JSON, which would make base64 of it, and is kept as it was, byte for byte.
 */

const newline = Buffer.from('\n')

const Heading = z.object({
  summary: ArchivedGeneration.shape.summary,
  entries: z.array(
    ArchivedGeneration.shape.entries.element.omit({ data: true }).extend({ bytes: z.int().min(0) }),
  ),
})

export function encodeGeneration(summary: GenerationSummary, entries: readonly LogEntry[]): Buffer {
  const heading: z.infer<typeof Heading> = {
    summary,
    entries: entries.map(({ epoch, seq, head, data, end }) => {
      return { epoch, seq, head, end, bytes: data.length }
    }),
  }
  const text = Buffer.from(JSON.stringify(heading))
  return Buffer.concat([text, newline, ...entries.map(({ data }) => data)])
}

/** Checked against the contract: the bytes may be of an older version. */
export function decodeGeneration(content: Uint8Array): ArchivedGeneration {
  const all = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const end = all.indexOf(newline)
  const { summary, entries } = Heading.parse(JSON.parse(all.toString('utf8', 0, end)))
  let at = end + 1
  return {
    summary,
    entries: entries.map(({ bytes, ...entry }) => {
      return { ...entry, data: all.toString('base64', at, (at += bytes)) }
    }),
  }
}
