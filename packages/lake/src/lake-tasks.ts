import type { EventBatch } from '@sluice/event-log'
import { type ErrorDefinition, GatewayError, messageOf } from '@sluice/kernel/errors'
import type { LakePeriod, LakeSubject } from './lake.ts'
import type { Written } from './topic-writer.ts'

/* What the main thread and the lake's thread say to each other. */

export interface LakeThreadOptions {
  readonly folder: string
  /** How long a reader may go on with what it began to read. */
  readonly keepSnapshotsMs: number
  /** Files that no snapshot has are removed after so long. */
  readonly orphanAgeMs: number
}

/** Done one after the other, as they were asked for. */
export type LakeTask =
  | { readonly kind: 'write' }
  | { readonly kind: 'maintain' }
  | { readonly kind: 'erase'; readonly subject: LakeSubject }
  | { readonly kind: 'reconcile'; readonly period: LakePeriod; readonly bills: number }

/** `now`: the time of the main thread's clock, Unix ms. */
export type ToLakeThread = { readonly now: number } & (
  | { readonly task: LakeTask; readonly id: number }
  | { readonly batches: readonly EventBatch[]; readonly read: number }
  | { readonly failure: Failure; readonly read: number }
)

export type FromLakeThread =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure }
  | { readonly table: string; readonly written: Written }
  | {
      readonly read: number
      readonly topic: string
      readonly partition: number
      readonly offset: bigint
    }

/** An error as it crosses the threads. */
export interface Failure {
  readonly message: string
  readonly definition: ErrorDefinition | null
}

export function toFailure(thrown: unknown): Failure {
  const definition = GatewayError.is(thrown) ? thrown.definition : null
  return { message: messageOf(thrown), definition }
}

export function toError({ message, definition }: Failure): Error {
  return definition ? new GatewayError(definition, message) : new Error(message)
}
