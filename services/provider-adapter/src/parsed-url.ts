/** Addresses are few and parsing one costs more than finding it; names that callers make up do not fill the memory. */
const maxKnown = 256
const known = new Map<string, URL>()

export function parsedUrl(text: string): URL {
  let url = known.get(text)
  if (url) return url
  if (known.size >= maxKnown) known.clear()
  url = new URL(text)
  known.set(text, url)
  return url
}
