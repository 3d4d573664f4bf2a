import { z } from 'zod'

/** Name of a provider, model or alias, as callers and operators write it. */
export const RowName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[a-zA-Z0-9][\w./@:-]*$/, 'letters, digits and . _ - / @ : only')
