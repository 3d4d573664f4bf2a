import { fileURLToPath } from 'node:url'
import { createOpenApi } from '@sluice/contracts/http/openapi'
import { routeTable } from '@sluice/contracts/http/route-table'
import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript'

export const schemaFile = fileURLToPath(new URL('../schema.ts', import.meta.url))

const head = `// Made from the route table by \`npm run sdk\`: not to be edited.\n\n`

/** The whole HTTP interface as types. */
export async function typesOfInterface(): Promise<string> {
  const document = createOpenApi(routeTable) as unknown as OpenAPI3
  return head + astToString(await openapiTypescript(document, { alphabetize: true }))
}
