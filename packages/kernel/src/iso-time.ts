/** RFC 3339 of Unix ms. Events of one moment come one after the other, and to write it out costs more than the rest of an event's attributes. */
export const isoTime = createIsoTime()

function createIsoTime(): (ms: number) => string {
  let known = Number.NaN
  let text = ''
  return (ms) => {
    if (ms !== known) {
      text = new Date(ms).toISOString()
      known = ms
    }
    return text
  }
}
