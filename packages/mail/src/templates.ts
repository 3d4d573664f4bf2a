/** What people are written, by name. Values are text: they are escaped where they go. */
export interface MailValues {
  readonly welcome: {
    readonly name: string
    readonly companyName: string
    readonly slug: string
    readonly email: string
    readonly licenseType: string
    readonly dashboardUrl: string
  }
  readonly 'user-invitation': {
    readonly name: string
    readonly email: string
    readonly inviterName: string
    readonly companyName: string
    readonly slug: string
    readonly loginUrl: string
    /** Works once; there is never a password in a mail. */
    readonly inviteUrl: string
  }
  readonly 'password-reset': {
    readonly name: string
    readonly resetUrl: string
    readonly expiryTime: string
  }
}
export type MailTemplate = keyof MailValues

/** First line: the subject. The rest is paragraphs, with addresses on lines of their own. */
const templates: Readonly<Record<MailTemplate, string>> = {
  welcome: `Welcome to {{companyName}} on Sluice
Hello {{name}},

{{companyName}} is set up, with the licence {{licenseType}}. Sign in as {{email}} (company {{slug}}):

{{dashboardUrl}}`,
  'user-invitation': `{{inviterName}} invites you to {{companyName}} on Sluice
Hello {{name}},

{{inviterName}} invites you to {{companyName}}. Choose a password to accept; the link works once, for seven days:

{{inviteUrl}}

Later you sign in as {{email}} (company {{slug}}):

{{loginUrl}}`,
  'password-reset': `Choose a new password
Hello {{name}},

somebody, probably you, asked to reset your password. The link works once, until {{expiryTime}}:

{{resetUrl}}

If it was not you, there is nothing to do: your password stays as it is.`,
}

export const mailTemplates = Object.keys(templates) as readonly MailTemplate[]

export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const place = /\{\{(\w+)\}\}/g

/** Fills places in, once: a value that looks like a place stays what it is. */
export function renderMail<Template extends MailTemplate>(
  template: Template,
  values: MailValues[Template],
): RenderedMail {
  const [subject = '', ...lines] = templates[template].split('\n')
  const body = lines.join('\n')
  const fill = (text: string, escape: (value: string) => string) =>
    text.replaceAll(place, (_place, name: string) => {
      const value = (values as Readonly<Record<string, string>>)[name]
      if (value === undefined) throw new Error(`mail ${template}: no value for ${name}`)
      return escape(value)
    })
  return {
    subject: fill(subject, onOneLine),
    text: fill(body, withoutControls),
    html: fill(body, (value) => escapeHtml(withoutControls(value)))
      .split('\n\n')
      .map((paragraph) => `<p>${linked(paragraph)}</p>`)
      .join('\n'),
  }
}

/** A paragraph that is an address and nothing else, as escaped above, and of the web. */
function linked(paragraph: string): string {
  return /^https?:\/\/\S+$/.test(paragraph)
    ? `<a href="${paragraph}">${paragraph}</a>`
    : paragraph.replaceAll('\n', '<br>')
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(value: string): string {
  return value.replaceAll(/[&<>"']/g, (sign) => escapes[sign] ?? sign)
}

/** Headers end at a line break: a name must not begin another one. */
function onOneLine(value: string): string {
  return withoutControls(value).replaceAll(/\s+/g, ' ').trim().slice(0, 200)
}

function withoutControls(value: string): string {
  return value.replaceAll(/\p{Cc}+/gu, ' ')
}
