import type { Logger } from '@sluice/kernel/logger'
import { messageOf } from '@sluice/kernel/errors'
import { BackgroundTasks } from '@sluice/kernel/tasks'
import type { Json, WorkQueue } from '@sluice/work-queue'
import { createTransport } from 'nodemailer'
import { z } from 'zod'
import type { MailConfig } from './config.ts'
import {
  type MailTemplate,
  mailTemplates,
  type MailValues,
  type RenderedMail,
  renderMail,
} from './templates.ts'

/** Mail by template. `send` neither waits nor fails: what cannot be delivered now is tried again, and told in the log in the end. */
export interface Mailer extends AsyncDisposable {
  send<Template extends MailTemplate>(
    template: Template,
    to: string,
    values: MailValues[Template],
  ): void
}

export interface MailerOptions {
  readonly config: MailConfig
  readonly queue: WorkQueue
  readonly logger: Logger
  /** Log what would have been sent with its links, where nothing sends it: never in production. */
  readonly showLinks: boolean
  /** By SMTP unless given. */
  readonly deliver?: (to: string, mail: RenderedMail) => Promise<void>
}

const queueName = 'auth.mail'
const Job = z.object({
  template: z.enum(mailTemplates),
  to: z.string(),
  values: z.record(z.string(), z.string()),
})

/** The queue's pauses between them grow: about ten minutes in all. */
const maxDeliveries = 8
const timeoutMs = 15_000

/** Queued on the work queue, so that any process of the service may send it, and one that dies does not take it along. */
export async function startMailer(options: MailerOptions): Promise<Mailer> {
  const { config, queue, logger, showLinks } = options
  const tasks = new BackgroundTasks(logger)
  const deliver = options.deliver ?? (config.smtp ? smtpDelivery(config) : null)
  const consumer = await queue.consume(
    queueName,
    { group: 'mail', concurrency: 2, leaseMs: 30_000, maxDeliveries },
    async ({ payload, delivery }) => {
      const { template, to, values } = Job.parse(payload)
      const mail = renderMail(template, values as unknown as MailValues[MailTemplate])
      if (!deliver) {
        const shown = showLinks ? { text: mail.text } : {}
        logger.info(
          { template, to, subject: mail.subject, ...shown },
          'mail, not sent: no SMTP_HOST',
        )
        return
      }
      try {
        await deliver(to, mail)
      } catch (error) {
        const last = delivery >= maxDeliveries
        logger[last ? 'error' : 'warn'](
          { template, delivery, problem: messageOf(error) },
          last ? 'mail given up' : 'mail not taken, it is tried again',
        )
        throw error
      }
    },
  )
  return {
    send(template, to, values) {
      const job: Json = { template, to, values: { ...values } }
      tasks.run(`mail ${template}`, () => queue.enqueue(queueName, job))
    },
    async [Symbol.asyncDispose]() {
      await tasks[Symbol.asyncDispose]()
      await consumer[Symbol.asyncDispose]()
    },
  }
}

function smtpDelivery({ smtp, from }: MailConfig) {
  const transport = createTransport({
    host: smtp?.host,
    port: smtp?.port,
    secure: smtp?.secure,
    ...(smtp?.user && { auth: { user: smtp.user, pass: smtp.password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Nothing of a mail is ever read from a file or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return async (to: string, mail: RenderedMail) => {
    // As an object: a name with a comma must not become two addresses.
    await transport.sendMail({ from, to: { name: '', address: to }, ...mail })
  }
}
