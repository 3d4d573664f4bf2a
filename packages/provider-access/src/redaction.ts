/** Shorter ones would turn ordinary words into holes. */
const minLength = 8
const hole = '[redacted]'

/** Takes the given secrets out of texts that were not meant to have them: a provider's error that repeats the key it refused. */
export function createRedaction(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= minLength)
  return (text) => known.reduce((kept, secret) => kept.replaceAll(secret, hole), text)
}
