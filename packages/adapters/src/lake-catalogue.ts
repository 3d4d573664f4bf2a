import type { Clock } from '@sluice/kernel/clock'
import { GatewayError } from '@sluice/kernel/errors'
import type { CatalogueConfig } from '@sluice/lake/catalogue-config'
import { lakeErrors } from '@sluice/lake/errors'
import type { IcebergCatalogue } from '@sluice/lake/iceberg-catalogue'
import { jdbcCatalogue } from '@sluice/lake/jdbc-catalogue'
import { restCatalogue } from '@sluice/lake/rest-catalogue'
import { openIcebergLocations } from '@sluice/store-postgres/iceberg-locations'

/** To read the tables that Flink writes. Connects when it is first asked; null = there is no catalogue. */
export async function openLakeCatalogue(
  config: CatalogueConfig | null,
  clock: Clock,
): Promise<IcebergCatalogue | null> {
  if (!config) return null
  if (config.kind === 'rest') {
    if (config.properties['rest.sigv4-enabled'] === 'true')
      return unread('requests to the REST catalogue would have to be signed (SigV4)')
    return restCatalogue(config, clock)
  }
  if (!config.uri.startsWith('jdbc:postgresql:'))
    return unread('of JDBC catalogues those on Postgres are read')
  return jdbcCatalogue(await openIcebergLocations(postgresUrl(config)))
}

/** As the driver here wants it: JDBC has user and password among the parameters. */
function postgresUrl({ uri, credential }: CatalogueConfig): string {
  const url = new URL(uri.slice('jdbc:'.length))
  const [user = '', ...password] = credential?.split(':') ?? []
  const given = (name: string) => {
    const value = url.searchParams.get(name)
    url.searchParams.delete(name)
    return value
  }
  const inUri = { user: given('user'), password: given('password') }
  url.username = encodeURIComponent(inUri.user ?? user)
  url.password = encodeURIComponent(inUri.password ?? password.join(':'))
  return url.href
}

function unread(message: string): IcebergCatalogue {
  return {
    load: () => Promise.reject(new GatewayError(lakeErrors.lake_elsewhere, message)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
