import { z } from 'zod'

/** Query of a list: how many, and after which id. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  after: z.string().min(1).max(200).optional().describe('last_id of the page before'),
}

/** The one form of lists: one page, or the whole of what is never long. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    /** Null: the page is empty, or the list has no pages. */
    last_id: z.string().nullable(),
  })
}

/** A list that has no pages, as it is answered. */
export function wholeList<Item>(data: readonly Item[]) {
  return { object: 'list' as const, data: [...data], has_more: false, last_id: null }
}
