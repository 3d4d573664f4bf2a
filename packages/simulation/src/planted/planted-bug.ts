export interface Edit {
  /** From the root of the work tree. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** One way in which the product could be wrong, as edits of its source. */
export interface PlantedBug {
  readonly breaks: string
  readonly edits: readonly Edit[]
}

/** Files and folders in which several bugs are planted, from the root of the work tree. */
export const files = {
  memoryGenerations: 'packages/generations/src/memory-generations.ts',
  memoryGeneration: 'packages/generations/src/memory-generation.ts',
  fairQueue: 'packages/generations/src/fair-queue.ts',
  memoryOutbox: 'packages/generations/src/memory-outbox.ts',
  memoryReaping: 'packages/generations/src/memory-reaping.ts',
  adapter: 'services/provider-adapter/src',
  http: 'services/ingress/src/http',
} as const
