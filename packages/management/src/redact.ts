import type { Json } from '@sluice/work-queue'

const hidden = '[redacted]'

/** By name, wherever a member stands. Compared without `-` and `_`, in lower case. */
const secretName =
  /(password|passwd|secret|credential|hash|authorization|cookie|passphrase|jwt|(api|private|secret|access|signing)key|(access|refresh|id|session|csrf|licen[cs]e|auth)token)s?$|^(key|token|code)s?$/
/** What tells about a person and nothing about a change: entries are kept for ever, people may want to be forgotten. */
const personalName = /^(.*e?mail(address)?|displayname|fullname|phone.*|useragent)$/
/** By form: keys of ours and of the known vendors, JWTs, PEM, and credentials within a URL. */
const secretForms = [
  /\bgw_[A-Za-z0-9]+_[A-Za-z0-9_-]{8,}/,
  /\b(sk|pk|rk|xoxb|xoxp|ghp|gsk|glpat|hf|AKIA|AIza)[-_]?[A-Za-z0-9_-]{16,}/,
  /\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*/,
  /-----BEGIN [A-Z ]+-----/,
  /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/i,
  /:\/\/[^/\s@]*:[^/\s@]+@/,
]

/** What may be kept of a value for ever. Whatever cannot be JSON is left out. */
export function redacted(value: unknown): Json {
  if (value === undefined) return null
  const text = JSON.stringify(value, function (this: object, name: string, member: unknown) {
    if (isBare(member)) return member
    if (name !== '' && secretName.test(plain(name))) return hidden
    if (typeof member !== 'string') return member
    return isPersonal(name, this) || holdsSecret(member) ? hidden : member
  }) as string | undefined
  return text === undefined ? null : (JSON.parse(text) as Json)
}

/** Of what is a text by itself: the name of a thing. */
export function redactedText(text: string): string {
  return holdsSecret(text) ? hidden : text
}

/** What has an e-mail address is a person: its name is theirs. */
function isPersonal(name: string, holder: object): boolean {
  return personalName.test(plain(name)) || (name === 'name' && 'email' in holder)
}

/** Says nothing that could be used. */
function isBare(member: unknown): boolean {
  return member === null || typeof member === 'boolean' || typeof member === 'number'
}

function holdsSecret(text: string): boolean {
  return secretForms.some((form) => form.test(text))
}

function plain(name: string): string {
  return name.replaceAll(/[-_ ]/g, '').toLowerCase()
}
