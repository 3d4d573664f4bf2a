import { Counter, type Registry } from 'prom-client'

export function createAuthMetrics(registry: Registry) {
  const registers = [registry]
  return {
    verdicts: new Counter({
      name: 'gateway_auth_verdicts_total',
      help: 'Credentials checked for other processes; source memory means that the database was away',
      labelNames: ['outcome', 'source'],
      registers,
    }),
    unchecked: new Counter({
      name: 'gateway_auth_unchecked_total',
      help: 'Credentials that could not be checked because the database was away',
      registers,
    }),
    changes: new Counter({
      name: 'gateway_identity_changes_total',
      help: 'Keys created, changed and revoked by this process',
      labelNames: ['change'],
      registers,
    }),
  }
}
export type AuthMetrics = ReturnType<typeof createAuthMetrics>
