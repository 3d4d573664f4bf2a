import process from 'node:process'
import { openPglite } from '../pglite-database.ts'

/* Commits row after row into the data folder of its first argument and prints how many are committed, until somebody kills it. */
const [, , dataDir] = process.argv
if (dataDir !== undefined) {
  const database = await openPglite({ dataDir })
  await database.query('CREATE TABLE written (number integer PRIMARY KEY)')
  for (let number = 1; ; number += 1) {
    await database.query('INSERT INTO written VALUES ($1)', [number])
    process.stdout.write(`${String(number)}\n`)
  }
}
