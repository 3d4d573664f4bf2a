import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { systemClock } from '@sluice/kernel/clock'
import { createLogger, type Logger } from '@sluice/kernel/logger'
import { createFakeClock } from '@sluice/testkit/fake-clock'
import { createMemoryWorkQueue } from '@sluice/work-queue/memory'
import { readMailConfig } from './config.ts'
import { startMailer } from './mailer.ts'
import { type RenderedMail, renderMail } from './templates.ts'

const invitation = {
  name: '<script>alert(1)</script>',
  email: 'a@b.example',
  inviterName: 'Eve\r\nBcc: all@victim.example',
  companyName: 'A & "B"',
  slug: 'acme',
  loginUrl: 'https://sluice.example/login',
  inviteUrl: 'https://sluice.example/accept-invitation#token=inv_x',
}

/** Lines as objects. */
function recordingLogger(): { readonly logger: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({ service: 'test', level: 'silent' })
  const record = (fields: Record<string, unknown>, msg: string) => lines.push({ ...fields, msg })
  return { logger: Object.assign(logger, { info: record, warn: record, error: record }), lines }
}

describe('templates', () => {
  test('M-258: values arrive escaped, once', () => {
    const { html, text } = renderMail('user-invitation', invitation)
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(html).not.toContain('<script>')
    expect(html).toContain('A &amp; &quot;B&quot;')
    expect(html).toContain(`<a href="${invitation.inviteUrl}">`)
    expect(text).toContain(invitation.name)
    const tricky = renderMail('user-invitation', { ...invitation, name: '{{inviteUrl}}' })
    expect(tricky.text).toContain('Hello {{inviteUrl}}')
  })
  test('M-258: a value cannot begin another header', () => {
    const { subject } = renderMail('user-invitation', invitation)
    expect(subject).toBe('Eve Bcc: all@victim.example invites you to A & "B" on Sluice')
  })
  test('M-258: no link but one of the web becomes one', () => {
    const { html } = renderMail('user-invitation', {
      ...invitation,
      inviteUrl: 'javascript:alert(1)',
    })
    expect(html).not.toContain('href="javascript:')
  })
})

describe('the mailer', () => {
  test('M-258: a sink that fails is tried again, and nobody waits for it', async () => {
    const clock = createFakeClock()
    const { logger, lines } = recordingLogger()
    const taken: RenderedMail[] = []
    let failures = 3
    const mailer = await startMailer({
      config: readMailConfig({ SMTP_HOST: 'mail.example' }),
      queue: createMemoryWorkQueue({ clock }),
      logger,
      showLinks: false,
      deliver: async (_to, mail) => {
        failures -= 1
        if (failures >= 0) throw new Error('421 try later')
        taken.push(mail)
      },
    })
    mailer.send('user-invitation', 'bert@acme.example', invitation)
    for (let i = 0; i < 60 && taken.length === 0; i++) await clock.advance(1_000)
    expect(taken).toHaveLength(1)
    expect(lines.filter(({ msg }) => msg === 'mail not taken, it is tried again')).toHaveLength(3)
    expect(JSON.stringify(lines)).not.toContain('inv_x')
  })
  test('M-258: without SMTP_HOST mail is logged, its links in development only', async () => {
    for (const showLinks of [true, false]) {
      const clock = createFakeClock()
      const { logger, lines } = recordingLogger()
      const mailer = await startMailer({
        config: readMailConfig({}),
        queue: createMemoryWorkQueue({ clock }),
        logger,
        showLinks,
      })
      mailer.send('user-invitation', 'bert@acme.example', invitation)
      await clock.advance(1)
      expect(lines).toMatchObject([
        { to: 'bert@acme.example', msg: 'mail, not sent: no SMTP_HOST' },
      ])
      expect(JSON.stringify(lines).includes('inv_x')).toBe(showLinks)
    }
  })
  test('M-062: speaks SMTP', async () => {
    const received: string[] = []
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const server = createServer((socket) => {
      let inData = false
      socket.setEncoding('utf8').write('220 sink\r\n')
      socket.on('data', (chunk: string) => {
        received.push(chunk)
        if (inData) {
          if (!chunk.endsWith('\r\n.\r\n')) return
          inData = false
          socket.write('250 taken\r\n')
          resolve()
        } else if (chunk.startsWith('DATA')) {
          inData = true
          socket.write('354 go on\r\n')
        } else if (chunk.startsWith('QUIT')) socket.end('221 bye\r\n')
        else socket.write('250 ok\r\n')
      })
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const { port } = server.address() as AddressInfo
    const mailer = await startMailer({
      config: readMailConfig({
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: String(port),
        SMTP_FROM: 'Sluice <s@s.example>',
      }),
      queue: createMemoryWorkQueue({ clock: systemClock }),
      logger: createLogger({ service: 'test', level: 'silent' }),
      showLinks: false,
    })
    mailer.send('user-invitation', 'bert@acme.example', invitation)
    await done
    server.close()
    const session = received.join('')
    expect(session).toMatch(/MAIL FROM:<s@s.example>/)
    expect(session.match(/RCPT TO:/g)).toHaveLength(1)
    expect(session).toContain('RCPT TO:<bert@acme.example>')
    expect(session).not.toMatch(/^Bcc:/m)
    await mailer[Symbol.asyncDispose]()
  })
})
