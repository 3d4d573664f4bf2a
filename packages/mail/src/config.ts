import { type Environment, envFlag, envPort, envText, readEnvironment } from '@sluice/kernel/env'
import { z } from 'zod'

/** Mail to people. Without `SMTP_HOST` it is only logged. */
export const environment = z.object({
  SMTP_HOST: envText.optional().describe('mail server; without one mail is only logged'),
  SMTP_PORT: envPort(587).describe('its port'),
  SMTP_SECURE: envFlag(false).describe(
    'TLS from the first byte (port 465); otherwise STARTTLS where the server offers it',
  ),
  SMTP_USER: envText.optional().describe('user name at the mail server'),
  SMTP_PASS: envText.optional().describe('its password'),
  SMTP_FROM: envText.default('Sluice <sluice@localhost>').describe('sender of all mail'),
})

export interface MailConfig {
  /** Null = mail is logged. */
  readonly smtp: {
    readonly host: string
    readonly port: number
    readonly secure: boolean
    readonly user: string | null
    readonly password: string | null
  } | null
  readonly from: string
}

export function readMailConfig(env: Environment): MailConfig {
  const values = readEnvironment(environment, env)
  return {
    smtp:
      values.SMTP_HOST === undefined
        ? null
        : {
            host: values.SMTP_HOST,
            port: values.SMTP_PORT,
            secure: values.SMTP_SECURE,
            user: values.SMTP_USER ?? null,
            password: values.SMTP_PASS ?? null,
          },
    from: values.SMTP_FROM,
  }
}
