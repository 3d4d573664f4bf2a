/** What is known of one data file without opening it; members by field id where columns are meant. */
export interface DataFile {
  /** As it stands in the metadata: below the table's `location`. */
  readonly path: string
  /** In the order of the partition fields. */
  readonly partition: readonly (string | number | null)[]
  readonly records: number
  readonly bytes: number
  readonly values: Readonly<Record<number, number>>
  readonly nulls: Readonly<Record<number, number>>
  /** Of columns that ask for bounds; absent = not known. */
  readonly lower: Readonly<Record<number, Uint8Array>>
  readonly upper: Readonly<Record<number, Uint8Array>>
}

/** A data file as one snapshot lists it. */
export interface LiveFile {
  readonly file: DataFile
  /** Of the snapshot that added it; null = the one whose manifest this is. */
  readonly snapshotId: bigint | null
  readonly sequence: bigint | null
  readonly fileSequence: bigint | null
}
