import { expect, test } from '@jest/globals'
import { createLogger } from './logger.ts'

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  let text = ''
  const destination = { write: (line: string) => void (text += line) }
  write(createLogger({ service: 'test', level: 'info', destination }))
  return text
}

test('secrets among the fields, one level deeper, in errors and in child loggers do not reach the line', () => {
  const failure = Object.assign(new Error('refused'), { token: 'sk-1', host: 'db' })
  const text = logged((logger) => {
    logger.info({ key: 'sk-2', headers: { authorization: 'sk-3', host: 'a' }, model: 'm' }, 'first')
    logger.error({ err: failure }, 'second')
    logger.child({ password: 'sk-4' }).info('third')
  })
  expect(text).not.toContain('sk-')
  expect(text).toContain('"headers":{"authorization":"[redacted]","host":"a"}')
  expect(text).toContain('"model":"m"')
  expect(text).toContain('"message":"refused"')
  expect(text).toContain('"host":"db"')
})

test('fields are left as they were', () => {
  const fields = { key: 'sk-1', headers: { cookie: 'sk-2' } }
  logged((logger) => logger.info(fields, 'line'))
  expect(fields).toEqual({ key: 'sk-1', headers: { cookie: 'sk-2' } })
})
