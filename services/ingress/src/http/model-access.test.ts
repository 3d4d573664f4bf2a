import { expect, test } from '@jest/globals'
import { Caller } from '@sluice/contracts/caller'
import { requireModel } from './model-access.ts'

test('a model that a key may not use is refused with where that may come from, whether or not it exists', () => {
  const caller = Caller.parse({
    tenantId: 'acme',
    projectId: 'web',
    keyId: 'k1',
    keyName: 'k',
    models: ['demo/*'],
  })
  requireModel(caller, 'demo/chat')
  expect(() => {
    requireModel(caller, 'paid/chat')
  }).toThrow(/may not use the model "paid\/chat": .* of its project/)
})
