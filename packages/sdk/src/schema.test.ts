import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { Validator } from '@seriousme/openapi-schema-validator'
import { createOpenApi } from '@sluice/contracts/http/openapi'
import { routeTable } from '@sluice/contracts/http/route-table'
import { schemaFile, typesOfInterface } from './testing/types-of-interface.ts'

const document = createOpenApi(routeTable)

test('M-024: the OpenAPI document is one', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate({ ...document })
  expect(errors ?? []).toEqual([])
  expect(valid).toBe(true)
  expect(validator.version).toBe('3.1')
})

test('M-024: it holds every row, and refers to nothing that is not there', () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
    routeTable.map(({ id }) => id).toSorted(),
  )
  const text = JSON.stringify(document)
  const refs = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g)].map(([all]) => all),
  )
  expect(text.split('"$ref"')).toHaveLength(
    1 + [...text.matchAll(/"\$ref":"#\/components\/\w+\/\w+"/g)].length,
  )
  for (const ref of refs) {
    const [, kind = '', name = ''] = /components\/(\w+)\/(\w+)"$/.exec(ref) ?? []
    expect([ref, document.components[kind]?.[name] !== undefined]).toEqual([ref, true])
  }
})

test('M-024: the client is made from the rows as they are now (npm run sdk)', async () => {
  expect(readFileSync(schemaFile, 'utf8') === (await typesOfInterface())).toBe(true)
})
