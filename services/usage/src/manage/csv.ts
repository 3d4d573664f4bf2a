type Cell = string | number | boolean | null

/** What makes a spreadsheet take text for a formula. */
const formula = /^[=+\-@\t\r]/

/**
 * RFC 4180. Names in a report were chosen by callers: one that a spreadsheet would run begins with an apostrophe, which makes it text there. Numbers are
 * written as they are.
 */
export function toCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(value: Cell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const text = formula.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A reply that a browser saves under `name`. */
export function csvReply<Body>(name: string, csv: string) {
  return {
    // The row describes the JSON form.
    body: csv as Body,
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}.csv"`,
    },
  }
}
