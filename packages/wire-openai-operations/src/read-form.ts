import { hash } from 'node:crypto'
import { Busboy } from '@fastify/busboy'
import { refuse } from '@sluice/wire/read-body'
import type { Payload } from '@sluice/wire/operation-format'
import { boundaryOf } from './multipart.ts'

export interface FormFile {
  readonly name: string
  readonly fileName: string
  readonly bytes: number
  /** SHA-256. */
  readonly digest: string
}

export interface Form {
  readonly fields: ReadonlyMap<string, readonly string[]>
  readonly files: readonly FormFile[]
}

const limits = { fields: 100, files: 20, parts: 120, fieldSize: 1_048_576, headerPairs: 50 }

/** A form that lies in memory whole: its fields, and what its files are. Throws a 400 for one that is not well made. */
export function readForm({ data, contentType }: Payload): Promise<Form> {
  const boundary = boundaryOf(contentType)
  if (boundary === null) throw refuse('The content-type of a form must name its boundary')
  return new Promise((resolve, reject) => {
    const fields = new Map<string, string[]>()
    const files: FormFile[] = []
    const fail = (problem: string) => {
      reject(refuse(`The form cannot be read: ${problem}`))
    }
    const parser = new Busboy({ headers: { 'content-type': contentType }, limits })
    parser.on('field', (name, value, _nameCut, valueCut) => {
      if (valueCut) fail(`${name} is too long`)
      const known = fields.get(name)
      if (known) known.push(value)
      else fields.set(name, [value])
    })
    parser.on('file', (name, stream, fileName) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', () => {
        fail(`${name} is cut short`)
      })
      stream.on('end', () => {
        const file = Buffer.concat(chunks)
        files.push({ name, fileName, bytes: file.length, digest: hash('sha256', file) })
      })
    })
    for (const event of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const) {
      parser.on(event, () => {
        fail('it has too many parts')
      })
    }
    parser.on('error', () => {
      fail('it is not well made')
    })
    parser.on('finish', () => {
      resolve({ fields, files })
    })
    parser.end(data)
  })
}
