import { expect, test } from '@jest/globals'
import { median, medianRatio } from './statistics.ts'

test('the median is the middle value, or the mean of the two', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
})

test('a ratio is taken inside each round, so that a slow round does not count', () => {
  expect(medianRatio([10, 100, 12], [1, 10, 1])).toBe(10)
})
