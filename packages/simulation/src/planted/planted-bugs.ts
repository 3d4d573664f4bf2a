export interface Edit {
  /** From the root of the work tree. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

export interface PlantedBug {
  readonly breaks: string
  readonly edits: readonly Edit[]
}

export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  'no-fence': {
    breaks: 'a writer that lost its lease may go on writing',
    edits: [
      {
        file: 'packages/generations/src/memory-generations.ts',
        find: "  if (generation.epoch !== epoch) return 'fenced'\n",
        replace: '',
      },
    ],
  },
}
