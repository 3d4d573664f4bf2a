import { expect, test } from '@jest/globals'
import { FairQueue } from './fair-queue.ts'

function served(queue: FairQueue<string>): string {
  let order = ''
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) order += item
  return order
}

test('R10 who comes late waits behind what is shared and one turn of each line', () => {
  const queue = new FairQueue<string>(3)
  for (let i = 0; i < 8; i += 1) queue.push('n', 'noisy', 1)
  queue.push('q', 'quiet', 1)
  queue.push('r', 'rare', 1)
  expect([queue.length, queue.lineOf('noisy'), queue.tenants]).toEqual([10, 5, 3])
  expect(served(queue)).toBe('nnnnqrnnnn')
  expect([queue.length, queue.tenants]).toEqual([0, 0])
})

test('lines move up by their weight', () => {
  const queue = new FairQueue<string>(1)
  queue.push('x', 'x', 1)
  for (let i = 0; i < 6; i += 1) queue.push('a', 'a', 3)
  for (let i = 0; i < 6; i += 1) queue.push('b', 'b', 1)
  expect(served(queue)).toBe('xaaabaaabbbbb')
})
