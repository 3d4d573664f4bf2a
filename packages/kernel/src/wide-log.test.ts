import { expect, test } from '@jest/globals'
import { createLogger } from './logger.ts'
import { createWideLog } from './wide-log.ts'

const fields = {
  text: 'a "b" \n ☂',
  none: null,
  absent: undefined,
  number: 1.5,
  flag: true,
  nested: { list: [1] },
}

test('a wide event is the line that the logger itself would write', () => {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  const logger = createLogger({ service: 'ingress', level: 'info', destination })
  logger.info(fields, 'a call')
  const time = String((JSON.parse(lines[0] ?? '') as { time: string }).time)
  createWideLog(logger, 'a call')(Date.parse(time), fields)
  expect(lines[1]).toBe(lines[0])
})

test('bound fields are in it', () => {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  const logger = createLogger({ service: 'ingress', level: 'info', destination }).child({
    replica: 2,
  })
  createWideLog(logger, 'a call')(7, {})
  createWideLog(logger, 'a call')(7, { a: 1 })
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: 'info',
      time: '1970-01-01T00:00:00.007Z',
      service: 'ingress',
      replica: 2,
      msg: 'a call',
    },
    {
      level: 'info',
      time: '1970-01-01T00:00:00.007Z',
      service: 'ingress',
      replica: 2,
      a: 1,
      msg: 'a call',
    },
  ])
})

test('it is silent where the logger is', () => {
  const lines: string[] = []
  const destination = { write: (line: string) => lines.push(line) }
  createWideLog(createLogger({ service: 'x', level: 'warn', destination }), 'a call')(0, { a: 1 })
  expect(lines).toEqual([])
})
