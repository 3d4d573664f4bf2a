import { localPath } from '@sluice/iceberg/local-path'
import { readMetadata } from '@sluice/iceberg/versions'
import { lakeCatalogue } from '@sluice/contracts/lake/table'
import type { IcebergCatalogue } from './iceberg-catalogue.ts'

/** The row of Iceberg's JDBC catalogue that says where a table's newest metadata is. */
export interface MetadataLocations extends AsyncDisposable {
  find(catalogue: string, namespace: string, table: string): Promise<string | null>
}

export function jdbcCatalogue(locations: MetadataLocations): IcebergCatalogue {
  return {
    async load(namespace, table) {
      const location = await locations.find(lakeCatalogue, namespace, table)
      return location === null ? null : readMetadata(localPath(location))
    },
    [Symbol.asyncDispose]: () => locations[Symbol.asyncDispose](),
  }
}
