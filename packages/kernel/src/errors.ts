import type { GenerationError } from '@sluice/contracts/generation/generation-error'

/** Everything the code of an error decides, written once: the status, whether a repeat can help, and the sentence people read. */
export interface ErrorDefinition {
  readonly code: string
  readonly status: number
  readonly retryable: boolean
  readonly title: string
}

/** The error table of one package: `defineErrors({ queue_full: { status: 503, retryable: true, title: '…' } })`. */
export function defineErrors<const Table extends Record<string, Omit<ErrorDefinition, 'code'>>>(
  table: Table,
): { readonly [Code in keyof Table]: ErrorDefinition } {
  const entries = Object.entries(table).map(([code, rest]) => [
    code,
    Object.freeze({ code, ...rest }),
  ])
  return Object.freeze(Object.fromEntries(entries)) as { [Code in keyof Table]: ErrorDefinition }
}

const brand = Symbol.for('sluice.gateway-error')

export interface ErrorOptions {
  readonly cause?: unknown
  /** The request field at fault, as callers write it. */
  readonly param?: string | undefined
  /** OpenAI's `type`, where it differs from what the status implies. */
  readonly type?: string | undefined
  readonly retryAfterMs?: number | undefined
  readonly details?: Readonly<Record<string, unknown>>
}

/** The one error class. `message` is shown to callers when the status is below 500; from 500 on only the title is. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly [brand] = true
  readonly definition: ErrorDefinition
  readonly param: string | undefined
  readonly type: string | undefined
  readonly retryAfterMs: number | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(definition: ErrorDefinition, message?: string, options: ErrorOptions = {}) {
    super(
      message ?? definition.title,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.definition = definition
    this.param = options.param
    this.type = options.type
    this.retryAfterMs = options.retryAfterMs
    this.details = options.details
  }

  get code(): string {
    return this.definition.code
  }
  get status(): number {
    return this.definition.status
  }
  get retryable(): boolean {
    return this.definition.retryable
  }

  /** By brand, not `instanceof`: two copies of this package can meet in one process. */
  static is(value: unknown): value is GatewayError {
    return typeof value === 'object' && value !== null && brand in value
  }
}

export const kernelErrors = defineErrors({
  internal_error: { status: 500, retryable: false, title: 'The gateway failed on this request' },
  invalid_configuration: { status: 500, retryable: false, title: 'The configuration is not valid' },
  dependency_unavailable: {
    status: 503,
    retryable: true,
    title: 'A store the gateway needs is not reachable',
  },
})

/** Folds anything that was thrown into a `GatewayError`; total, and keeps the cause. */
export function fromUnknown(thrown: unknown): GatewayError {
  if (GatewayError.is(thrown)) return thrown
  return new GatewayError(kernelErrors.internal_error, undefined, { cause: thrown })
}

/** Text of anything thrown, for logs. `Error.isError` sees errors of other realms, `instanceof` does not. */
export function messageOf(thrown: unknown): string {
  return Error.isError(thrown) ? thrown.message : String(thrown)
}

/** The fields of an error that survive the bus. */
export function toGenerationError(error: GatewayError): GenerationError {
  return {
    code: error.code,
    status: error.status,
    message: error.status < 500 ? error.message : error.definition.title,
    retryable: error.retryable,
    ...(error.type === undefined ? {} : { type: error.type }),
    ...(error.param === undefined ? {} : { param: error.param }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  }
}
