import { join } from 'node:path'
import { repository } from '../repository.ts'

/** A workspace of its own, so that no other command installs the clients. */
export const labFolder = join(repository, 'e2e/clients')
