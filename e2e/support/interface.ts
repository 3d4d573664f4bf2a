import { Ajv2020 } from 'ajv/dist/2020.js'

type Content = Readonly<Record<string, { readonly schema: object }>>
interface Answer {
  readonly $ref?: string
  readonly content?: Content
}
interface Document {
  readonly paths: Record<string, Record<string, { responses: Record<string, Answer> }>>
  readonly components: { readonly responses: Record<string, Answer> }
}

/** The HTTP interface as a running gateway documents it. */
export interface Interface {
  /** That an operation (`POST /v1/tokens`) is said to answer. */
  statuses(operation: string): readonly string[]
  /** What of an answer is not as it is documented; null = nothing. Reads its body. */
  check(operation: string, response: Response): Promise<string | null>
}

export async function readInterface(api: string): Promise<Interface> {
  const document = (await (await fetch(`${api}/openapi.json`)).json()) as Document
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema(document, 'document')

  /** Each answer, with the place of its schemas. */
  function answersOf(operation: string): Map<string, { at: string; answer: Answer }> {
    const [method = '', path = ''] = operation.split(' ')
    const found = document.paths[path]?.[method.toLowerCase()]
    if (!found) throw new Error(`${operation} is not documented`)
    const place = `#/paths/${escape(path)}/${method.toLowerCase()}/responses`
    return new Map(
      Object.entries(found.responses).map(([status, answer]) => {
        const name = answer.$ref?.split('/').at(-1)
        const shared = name === undefined ? undefined : document.components.responses[name]
        return [
          status,
          shared
            ? { at: `#/components/responses/${name ?? ''}`, answer: shared }
            : { at: `${place}/${status}`, answer },
        ]
      }),
    )
  }

  return {
    statuses: (operation) => [...answersOf(operation).keys()],
    async check(operation, response) {
      const text = await response.text()
      const documented = answersOf(operation).get(String(response.status))
      if (!documented) return `${String(response.status)} is not documented: ${text}`
      const { at, answer } = documented
      const type = response.headers.get('content-type')?.split(';', 1)[0] ?? ''
      const content = answer.content ?? {}
      if (Object.keys(content).length === 0)
        return text === '' ? null : 'has a body that is not documented'
      if (!(type in content))
        return `${String(response.status)} is ${type}, which is not documented`
      if (type !== 'application/json') return null
      const $ref = `document${at}/content/${escape(type)}/schema`
      const validate = ajv.compile({ $ref })
      if (validate(JSON.parse(text))) return null
      return `${String(response.status)} ${ajv.errorsText(validate.errors)}: ${text}`
    },
  }
}

/** As a part of a JSON pointer in an address. */
function escape(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}
