import type { SourceFile } from './source-files.ts'

export interface Finding {
  readonly file: string
  readonly line: number
  /** What is wrong and what to do instead, in one sentence. */
  readonly message: string
}

/** One rule of the house, over the text of the work tree. */
export interface Check {
  readonly name: string
  readonly run: (files: readonly SourceFile[]) => readonly Finding[]
}
