import Anthropic from 'anthropic-sdk-0'
import { zodOutputFormat } from 'anthropic-sdk-0/helpers/zod'
import type { CreateDriver } from '../lab/driver.ts'
import { type AnthropicMajor, createAnthropicDriver } from './anthropic.ts'

/** The line that LangChain uses: `anthropic-version: 2023-06-01`, its key in `x-api-key`. What the driver calls has the same shape in both. */
export const createDriver: CreateDriver = (connection) =>
  createAnthropicDriver({ Anthropic, zodOutputFormat } as unknown as AnthropicMajor, connection)
