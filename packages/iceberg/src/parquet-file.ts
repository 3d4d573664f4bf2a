import { open } from 'node:fs/promises'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import type { Field, PrimitiveType, Row, Schema, Value } from './schema.ts'

const physical: Readonly<Record<PrimitiveType, Partial<SchemaElement>>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  int: { type: 'INT32' },
  long: { type: 'INT64' },
  boolean: { type: 'BOOLEAN' },
  timestamptz: {
    type: 'INT64',
    converted_type: 'TIMESTAMP_MICROS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
  },
  binary: { type: 'BYTE_ARRAY' },
}

/** Rows are read and written whole groups at a time: a bound on memory, not on the file. */
const rowsPerGroup = 20_000
const level = { params: { [constants.ZSTD_c_compressionLevel]: 3 } }

/** A Parquet file with these rows: zstd, field ids, and statistics of those columns only whose bounds may be known. */
export function encodeParquet(
  { fields }: Schema,
  rows: readonly Row[],
  hasStatistics: (column: string) => boolean,
): Uint8Array {
  const schema: SchemaElement[] = [
    { name: 'table', num_children: fields.length },
    ...fields.map(({ id, name, type, required }): SchemaElement => ({
      name,
      field_id: id,
      repetition_type: required ? 'REQUIRED' : 'OPTIONAL',
      ...physical[type],
    })),
  ]
  const bytes = parquetWriteBuffer({
    schema,
    columnData: fields.map(({ name }) => ({
      name,
      data: rows.map((row) => row[name] ?? null),
      statistics: hasStatistics(name),
    })),
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input, level) },
    rowGroupSize: rowsPerGroup,
    createdBy: 'sluice',
  })
  return new Uint8Array(bytes)
}

const compressors = {
  ZSTD: (input: Uint8Array, length: number) =>
    zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
}

/** Rows with these columns, found by field id: a column that the file does not have is null. */
export async function readParquet(
  path: string,
  columns: readonly Field[],
): Promise<readonly Row[]> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const file: AsyncBuffer = {
      byteLength: size,
      async slice(start, end = size) {
        const bytes = new Uint8Array(end - start)
        for (let done = 0; done < bytes.length;) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done)
          if (bytesRead === 0) throw new Error(`${path} is cut short`)
          done += bytesRead
        }
        return bytes.buffer
      },
    }
    const metadata = await parquetMetadataAsync(file)
    const names = namesById(metadata)
    const found = columns.flatMap(({ id, name, type }) => {
      const stored = names.get(id)
      return stored === undefined ? [] : { stored, name, type }
    })
    if (found.length === 0) {
      const blank = Object.fromEntries(columns.map(({ name }) => [name, null]))
      return Array.from({ length: Number(metadata.num_rows) }, () => blank)
    }
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors,
      columns: found.map(({ stored }) => stored),
      utf8: false,
      parsers: { timestampFromMicroseconds: (micros) => micros },
    })
    const missing = columns.filter(({ id }) => !names.has(id))
    return rows.map((row) => {
      const read: Record<string, Value> = {}
      for (const { stored, name } of found) read[name] = (row[stored] ?? null) as Value
      for (const { name } of missing) read[name] = null
      return read
    })
  } finally {
    await handle.close()
  }
}

function namesById({ schema }: FileMetaData): ReadonlyMap<number, string> {
  return new Map(
    schema.flatMap(({ field_id, name }) => (field_id === undefined ? [] : [[field_id, name]])),
  )
}
