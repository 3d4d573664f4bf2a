import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { lakeTables, usage } from '@sluice/contracts/lake/tables'
import { lakeSql, lakeSqlFile } from './lake-sql.ts'

describe('the job as SQL', () => {
  test('what is committed is made from the table contracts', () => {
    expect(readFileSync(lakeSqlFile, 'utf8')).toBe(lakeSql(lakeTables))
  })

  test('M-262: what a table requires and what goes to quarantine are each other’s complement', () => {
    const sql = lakeSql(lakeTables)
    for (const { name, columns, topic } of lakeTables) {
      if (!topic) continue
      const required = columns.filter(({ required, from }) => required && 'path' in from)
      const row = [
        'is_json AND body IS JSON OBJECT',
        ...required.map((c) => `\`${c.name}\` IS NOT NULL`),
      ]
      const condition = row.join('\n        AND ')
      expect(sql).toContain(`FROM ${name}_rows\n      WHERE ${condition})\nWHERE place = 1`)
      expect(sql).toContain(`FROM ${name}_rows\n  WHERE (${condition}) IS NOT TRUE`)
    }
  })

  test('every insert names its columns: a table may have more', () => {
    const names = usage.columns.map(({ name }) => `\`${name}\``).join(', ')
    expect(lakeSql(lakeTables)).toContain(`INSERT INTO lake.gateway.\`usage\` (${names})`)
  })
})
