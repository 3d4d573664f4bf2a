import { join } from 'node:path'

/** The root of the work tree. */
export const repository = join(import.meta.dirname, '../..')
