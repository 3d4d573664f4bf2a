import { isObject, type JsonObject } from '@sluice/wire/json'

const maxBreakpoints = 4

/**
 * More are refused (T54). The first is kept, for what all conversations share, and the last ones, for what this one does. `blocks`: in the order
 * in which the model reads them.
 */
export function limitBreakpoints(blocks: readonly JsonObject[]): void {
  const marked = blocks.filter((block) => isObject(block['cache_control']))
  for (const block of marked.slice(1, 1 - maxBreakpoints)) delete block['cache_control']
}
