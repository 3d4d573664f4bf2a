import Anthropic from '@anthropic-ai/sdk'
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod'
import type { CreateDriver } from '../lab/driver.ts'
import { createAnthropicDriver } from './anthropic.ts'

/** The major of 2026-10: `anthropic-version: 2026-10-21`, its key as a bearer token. */
export const createDriver: CreateDriver = (connection) =>
  createAnthropicDriver({ Anthropic, zodOutputFormat }, connection)
