import { fileURLToPath } from 'node:url'
import { createOpenApi } from '@sluice/contracts/http/openapi'
import { routeTable } from '@sluice/contracts/http/route-table'
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript'

export const schemaFile = fileURLToPath(new URL('../schema.ts', import.meta.url))

const head = `// Made from the route table by \`npm run sdk\`: not to be edited.\n\n`

/** The whole HTTP interface as types: of the rows, or of what a gateway serves as its document. */
export async function typesOfInterface(
  document: object = createOpenApi(routeTable),
): Promise<string> {
  const made = await openapiTypescript(document as OpenAPI3, { alphabetize: true })
  return head + astToString(made)
}
