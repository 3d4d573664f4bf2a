import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { EventAttributes, NewEvent } from '@sluice/event-log'

/*
 * Many events as one value: a line of JSON with everything but the payloads, then the payloads one after the other, all of it compressed.
 * Payloads stay outside of the JSON, which would escape every quote in them. Facts of one kind repeat themselves: about 40 bytes per event remain.
 */

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

type Head = [
  valueLength: number,
  key: string,
  id: string,
  source: string,
  type: string,
  subject: string,
  time: string,
  tenant: string,
  schemaversion: string,
  traceparent?: string,
]

export async function encodeRecords(events: readonly NewEvent[]): Promise<Buffer> {
  const heads = events.map(toHead)
  const values = events.map((event) => event.value).join('')
  return compress(`${JSON.stringify(heads)}\n${values}`, fastest)
}

export async function decodeRecords(records: Uint8Array): Promise<NewEvent[]> {
  const text = (await decompress(records)).toString('utf8')
  const end = text.indexOf('\n')
  // We wrote it: the shape is that of `toHead`.
  const heads = JSON.parse(text.slice(0, end)) as Head[]
  let at = end + 1
  return heads.map((head) => {
    const value = text.slice(at, (at += head[0]))
    return { key: head[1], value, attributes: toAttributes(head) }
  })
}

function toHead({ key, value, attributes }: NewEvent): Head {
  const { id, source, type, subject, time, tenant, schemaversion, traceparent } = attributes
  const head: Head = [value.length, key, id, source, type, subject, time, tenant, schemaversion]
  if (traceparent !== undefined) head.push(traceparent)
  return head
}

function toAttributes(head: Head): EventAttributes {
  const [, , id, source, type, subject, time, tenant, schemaversion, traceparent] = head
  const attributes = { id, source, type, subject, time, tenant, schemaversion }
  return traceparent === undefined ? attributes : { ...attributes, traceparent }
}
