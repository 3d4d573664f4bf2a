import { clients, type LabClient } from './clients.ts'

export interface ChosenClient {
  readonly client: LabClient
  /** Why it cannot run here; null = it can. */
  readonly skipped: string | null
}

/** Those of this run: `LAB_CLIENTS` is `smoke` or a list of names; without it, all. */
export function chosenClients(): ChosenClient[] {
  const { LAB_CLIENTS: wanted = '', LAB_PYTHON: python = '' } = process.env
  const names = wanted.split(',').filter((name) => name !== '')
  return clients
    .filter((client) => {
      if (names.length === 0) return true
      return names.includes('smoke') ? client.isSmoke === true : names.includes(client.name)
    })
    .map((client) => ({
      client,
      skipped: client.language === 'python' && python === '' ? 'no Python here' : null,
    }))
}
