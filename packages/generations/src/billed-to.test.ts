import { expect, test } from '@jest/globals'
import { GenerationRequest } from '@sluice/contracts/generation/generation-request'
import type { Limit } from '@sluice/contracts/limits'
import { newRequestId } from '@sluice/kernel/ids'
import { billedTo } from './billed-to.ts'

const budget: Limit = {
  id: 'budget:b1:user:anna',
  name: 'Anna a month',
  scope: 'user',
  metric: 'cost',
  window: 'month',
  max: 1_000,
  models: null,
  durable: true,
}

const request = GenerationRequest.parse({
  id: newRequestId(1_767_225_600_000),
  caller: {
    tenantId: 'acme',
    projectId: 'web',
    keyId: 'k1',
    userId: 'anna',
    keyName: 'laptop',
    models: null,
  },
  operation: 'chat',
  wire: 'openai-chat',
  model: 'fast',
  stream: true,
  includeUsage: false,
  headers: {},
  clientRequestId: null,
  traceparent: null,
  onDisconnect: 'cancel',
  acceptedAt: 1_767_225_600_000,
  deadlineAt: 1_767_226_500_000,
})

test('M-240 a bill names tenant, project, key, user and channel of its call, and the budgets that it counts against', () => {
  expect(billedTo({ ...request, budgets: [budget] })).toEqual({
    request_id: request.id,
    tenant_id: 'acme',
    project_id: 'web',
    key_id: 'k1',
    user_id: 'anna',
    channel: 'http',
    operation: 'chat',
    requested_model: 'fast',
    stream: true,
    accepted_at: 1_767_225_600_000,
    budgets: [budget],
  })
  expect(billedTo(request)).not.toHaveProperty('budgets')
})
