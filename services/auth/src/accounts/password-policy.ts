import { GatewayError } from '@sluice/kernel/errors'
import { accountErrors } from './errors.ts'

export const minPasswordLength = 10
export const maxPasswordLength = 256

/** What is tried first, in lower case and without digits and signs: `Change-Me-123456` is `changeme`. */
const common = new Set(
  `password passwort passw passwd kennwort motdepasse contrasena haslo change changeme changemenow
  changethis secret secretpassword admin administrator adminadmin root rootroot default letmein
  letmeinnow welcome welcometo qwerty qwertyuiop qwertyuiopasdfghjkl qwertzuiop azertyuiop asdfghjkl
  abcdefghij abcdefghijkl iloveyou iloveyouforever sunshine princess football baseball superman
  batman trustno trustnoone master dragon monkey shadow login loginlogin guest guestguest test
  testtest testing sluice sluiceadmin gateway company temp temporary example yourpassword
  mypassword newpassword passwordpassword`.split(/\s+/),
)

/** Throws a 400 with what is wrong. Length counts, and that it is not what is guessed first; no rules about kinds of characters. */
export function checkPassword(password: string, about: readonly string[], param: string): void {
  const problem = problemOf(password.normalize('NFKC'), about)
  if (problem === null) return
  const message = `${accountErrors.weak_password.title}: ${problem}`
  throw new GatewayError(accountErrors.weak_password, message, { param })
}

export function problemOf(password: string, about: readonly string[]): string | null {
  const length = Array.from(password).length
  if (length < minPasswordLength)
    return `it must have at least ${String(minPasswordLength)} characters`
  if (length > maxPasswordLength)
    return `it must have at most ${String(maxPasswordLength)} characters`
  const lower = password.toLowerCase()
  if (new Set(lower).size < 5) return 'it repeats the same few characters'
  const letters = lower.replaceAll(/[^\p{L}]/gu, '')
  if (common.has(letters) || isRow(lower)) return 'it is one of those that are tried first'
  const known = about.map((word) => word.toLowerCase()).filter((word) => word.length >= 4)
  // What remains must still be worth guessing.
  for (const word of known)
    if (lower.includes(word) && lower.length - word.length < 6)
      return 'it is made of the name, the e-mail address or the company'
  return null
}

/** `12345678901`, `abcdefghijk`, and back. */
function isRow(text: string): boolean {
  const codes = Array.from(text, (letter) => letter.codePointAt(0) ?? 0)
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0))
  const same = Math.max(...[1, -1].map((step) => steps.filter((each) => each === step).length))
  return same >= steps.length - 2
}
