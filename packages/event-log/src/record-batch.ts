import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import type { EventAttributes, EventBatch, NewEvent, StoredEvent } from './event-log.ts'

/*
 * Many events as one value: a line of JSON with everything but the payloads, then the payloads one after the other, all of it compressed.
 * Payloads stay outside of the JSON, which would escape every quote in them. What an event shares with the one before it, or with its own key,
 * is a 0. Facts of one kind repeat themselves: about 40 bytes per event remain.
 */

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

type Text = string | 0

type Head = [
  valueLength: number,
  key: string,
  id: Text,
  subject: Text,
  time: Text,
  source: Text,
  type: Text,
  tenant: Text,
  schemaversion: Text,
  traceparent?: string,
]

export async function encodeEvents(events: readonly NewEvent[]): Promise<Buffer> {
  let last: EventAttributes | null = null
  let values = ''
  const heads: Head[] = []
  for (const { key, value, attributes } of events) {
    heads.push(toHead(value.length, key, attributes, last))
    values += value
    last = attributes
  }
  return compress(`${JSON.stringify(heads)}\n${values}`, fastest)
}

export async function decodeEvents(records: Uint8Array): Promise<NewEvent[]> {
  const text = (await decompress(records)).toString('utf8')
  const end = text.indexOf('\n')
  // We wrote it: the shape is that of `toHead`.
  const heads = JSON.parse(text.slice(0, end)) as Head[]
  let at = end + 1
  let last: EventAttributes | null = null
  return heads.map((head) => {
    const [length, key] = head
    const value = text.slice(at, (at += length))
    last = toAttributes(head, last)
    return { key, value, attributes: last }
  })
}

export async function decodeBatch(
  { firstOffset, records }: EventBatch,
  partition: number,
): Promise<StoredEvent[]> {
  return (await decodeEvents(records)).map((event, i) => {
    return { ...event, partition, offset: firstOffset + BigInt(i) }
  })
}

function toHead(
  length: number,
  key: string,
  attributes: EventAttributes,
  last: EventAttributes | null,
): Head {
  const { id, subject, time, source, type, tenant, schemaversion, traceparent } = attributes
  const head: Head = [
    length,
    key,
    id === key ? 0 : id,
    subject === key ? 0 : subject,
    time === last?.time ? 0 : time,
    source === last?.source ? 0 : source,
    type === last?.type ? 0 : type,
    tenant === last?.tenant ? 0 : tenant,
    schemaversion === last?.schemaversion ? 0 : schemaversion,
  ]
  if (traceparent !== undefined) head.push(traceparent)
  return head
}

function toAttributes(head: Head, last: EventAttributes | null): EventAttributes {
  const [, key, id, subject, time, source, type, tenant, schemaversion, traceparent] = head
  const attributes = {
    id: id === 0 ? key : id,
    subject: subject === 0 ? key : subject,
    time: time === 0 ? (last?.time ?? '') : time,
    source: source === 0 ? (last?.source ?? '') : source,
    type: type === 0 ? (last?.type ?? '') : type,
    tenant: tenant === 0 ? (last?.tenant ?? '') : tenant,
    schemaversion: schemaversion === 0 ? (last?.schemaversion ?? '') : schemaversion,
  }
  return traceparent === undefined ? attributes : { ...attributes, traceparent }
}
