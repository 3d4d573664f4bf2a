import { expect, test } from '@jest/globals'
import { GatewayError, kernelErrors } from '@sluice/kernel/errors'
import { createLogger } from '@sluice/kernel/logger'
import { logHandlerFailure } from './handler-failures.ts'

function levelsOf(error: unknown): string[] {
  const levels: string[] = []
  const write = (line: string) => levels.push((JSON.parse(line) as { level: string }).level)
  const logger = createLogger({ service: 'test', level: 'debug', destination: { write } })
  logHandlerFailure(logger, error)
  return levels
}

test('work that comes again because a store is away is not an error each time', () => {
  expect(levelsOf(new GatewayError(kernelErrors.dependency_unavailable))).toEqual(['debug'])
})

test('what nobody expected is one', () => {
  expect(levelsOf(new TypeError('x is not a function'))).toEqual(['error'])
  expect(levelsOf(new GatewayError(kernelErrors.internal_error))).toEqual(['error'])
})
