/** At most the first `length` UTF-16 code units of a text; no character is cut in two. */
export function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  const isSplit = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, isSplit ? length - 1 : length)
}
