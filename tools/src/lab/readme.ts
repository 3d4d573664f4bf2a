const begin = '<!-- compatibility matrix: npm run lab -- --write-readme -->'
const end = '<!-- end of the compatibility matrix -->'

/** What stands between the markers; null = they are not there. */
export function readSection(readme: string): string | null {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  return from === -1 || to < from ? null : readme.slice(from + begin.length, to).trim()
}

export function replaceSection(readme: string, text: string): string {
  const section = readSection(readme)
  if (section === null) throw new Error(`README.md lacks the markers ${begin} and ${end}`)
  const [from, to] = [readme.indexOf(begin) + begin.length, readme.indexOf(end)]
  return `${readme.slice(0, from)}\n\n${text}\n\n${readme.slice(to)}`
}

/** A formatter may pad the cells of a table: they are compared without. */
export function withoutPadding(text: string): string {
  return text
    .replaceAll(/ *\| */g, '|')
    .replaceAll(/:?-{2,}:?/g, '-')
    .replaceAll(/:-:/g, '-')
}
