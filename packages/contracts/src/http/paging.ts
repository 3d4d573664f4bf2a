import { z } from 'zod'

/** Query of a list: how many, and after which id. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().min(1).max(200).optional().describe('last_id of the page before'),
}

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    /** Null: the page is empty. */
    last_id: z.string().nullable(),
  })
}
