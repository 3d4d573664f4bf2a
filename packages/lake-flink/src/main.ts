import { writeFileSync } from 'node:fs'
import { lakeTables } from '@sluice/contracts/lake/tables'
import { lakeSql, lakeSqlFile } from './lake-sql.ts'

writeFileSync(lakeSqlFile, lakeSql(lakeTables))
