export type CsvCell = string | number | bigint | boolean | null

/**
 * RFC 4180, with what makes a spreadsheet take a text for a formula put behind an apostrophe: names in reports are written by those whom they
 * are about. Numbers stay numbers.
 */
export function csv(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(value: CsvCell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
