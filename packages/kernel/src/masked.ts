/** Of a shorter secret the last four characters are too much. */
const leastShown = 12

/** What may be shown of a secret: enough to know which one it is. */
export function masked(secret: string): string {
  return secret.length < leastShown ? '••••' : `••••${secret.slice(-4)}`
}
