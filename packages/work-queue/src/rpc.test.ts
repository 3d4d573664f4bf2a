import { expect, test } from '@jest/globals'
import { defineRpc } from '@sluice/contracts/rpc/rpc'
import { systemClock } from '@sluice/kernel/clock'
import { defineErrors, GatewayError } from '@sluice/kernel/errors'
import { z } from 'zod'
import { createMemoryWorkQueue } from './memory-work-queue.ts'
import { callRpc, serveRpc } from './rpc.ts'
import type { Json } from './work-queue.ts'

const double = defineRpc({
  name: 'test.double',
  request: z.object({ value: z.int() }),
  reply: z.object({ value: z.int() }),
})
const limits = { timeoutMs: 1000 }

function thrownBy(call: Promise<unknown>): Promise<GatewayError> {
  return call.then(
    () => {
      throw new Error('expected a rejection')
    },
    (thrown: unknown) => thrown as GatewayError,
  )
}

test('answers a typed question', async () => {
  await using queue = createMemoryWorkQueue({ clock: systemClock })
  await serveRpc(queue, double, async ({ value }) => ({ value: value * 2 }))
  expect(await callRpc(queue, double, { value: 21 }, limits)).toEqual({ value: 42 })
})

test('refuses a request that does not fit the contract before it is sent', async () => {
  await using queue = createMemoryWorkQueue({ clock: systemClock })
  let calls = 0
  await serveRpc(queue, double, async (request) => {
    calls += 1
    return request
  })
  const error = await thrownBy(callRpc(queue, double, { value: 0.5 }, limits))
  expect(error.code).toBe('contract_mismatch')
  expect(calls).toBe(0)
})

test('refuses a request that another version of the caller let through', async () => {
  await using queue = createMemoryWorkQueue({ clock: systemClock })
  await serveRpc(queue, double, async (request) => request)
  const error = await thrownBy(queue.request(double.name, { value: 'x' }, limits))
  expect(error).toMatchObject({ code: 'contract_mismatch', status: 500, retryable: false })
})

test('refuses a reply that does not fit the contract, on either side', async () => {
  await using queue = createMemoryWorkQueue({ clock: systemClock })
  const wrong: Json[] = []
  await using served = await serveRpc(queue, double, async () => ({ value: 0.5 }))
  expect((await thrownBy(callRpc(queue, double, { value: 1 }, limits))).code).toBe(
    'contract_mismatch',
  )
  await served[Symbol.asyncDispose]()
  await queue.respond(double.name, async (payload) => {
    wrong.push(payload)
    return { value: 'x' }
  })
  expect((await thrownBy(callRpc(queue, double, { value: 1 }, limits))).code).toBe(
    'contract_mismatch',
  )
  expect(wrong).toEqual([{ value: 1 }])
})

test('rebuilds the error of the other side from the fields that survive', async () => {
  await using queue = createMemoryWorkQueue({ clock: systemClock })
  const { slow_down } = defineErrors({
    slow_down: { status: 429, retryable: true, title: 'Too many' },
  })
  await serveRpc(queue, double, async () => {
    throw new GatewayError(slow_down, 'five a second', {
      param: 'value',
      retryAfterMs: 200,
      details: { secret: 'stays' },
      cause: new Error('stays'),
    })
  })
  const error = await thrownBy(callRpc(queue, double, { value: 1 }, limits))
  expect(GatewayError.is(error)).toBe(true)
  expect(error).toMatchObject({
    code: 'slow_down',
    status: 429,
    message: 'five a second',
    retryable: true,
    param: 'value',
    retryAfterMs: 200,
  })
  expect(error.details).toBeUndefined()
  expect(error.cause).toBeUndefined()
})

test('hides the message of an unexpected error', async () => {
  await using queue = createMemoryWorkQueue({ clock: systemClock })
  await serveRpc(queue, double, async () => {
    throw new TypeError('password is hunter2')
  })
  const error = await thrownBy(callRpc(queue, double, { value: 1 }, limits))
  expect(error).toMatchObject({ code: 'internal_error', status: 500, retryable: false })
  expect(error.message).not.toContain('hunter2')
})
