/* No imports: the PGlite worker runs this file outside the module graph of the main thread. */

/** What the main thread asks of the worker that owns the engine. Answered in order, one at a time. */
export type PgliteRequest = {
  readonly id: number
  /** Script that opens a transaction first, null for none: saves a message of its own. */
  readonly begin: string | null
} & PgliteCommand

export type PgliteCommand =
  /** With `before` in one transaction, whose rows are not told. */
  | ({ readonly kind: 'query'; readonly before: EncodedStatement | null } & EncodedStatement)
  | { readonly kind: 'script'; readonly text: string }
  | {
      readonly kind: 'load'
      readonly role: string
      readonly into: string
      readonly rows: string
      readonly statements: readonly EncodedStatement[]
    }
  | { readonly kind: 'close' }

export interface EncodedStatement {
  readonly text: string
  readonly values: readonly (string | Uint8Array | null)[]
}

export type PgliteReply =
  | {
      readonly id: number
      readonly rows: readonly unknown[]
      readonly count: number
      readonly command: string
    }
  | { readonly id: number; readonly failure: PgliteFailure }

/** An error as it crosses the thread: `code` is the SQLSTATE, null when the statement never reached the engine. */
export interface PgliteFailure {
  readonly message: string
  readonly code: string | null
  readonly detail: string | null
}

/** First message of the worker. */
export type PgliteOpened =
  | { readonly opened: true }
  | { readonly opened: false; readonly problem: string }

export interface PgliteWorkerData {
  readonly folder: string
}
