import { registerHooks } from 'node:module'
import type { PlantedBug } from './planted-bug.ts'

const root = new URL('../../../../', import.meta.url).href

/**
 * Breaks the product while it is loaded: the files stay as they are, and no line of them exists for a bug's sake. Call it before anything of
 * the services is imported. Throws when a text that it replaces is not there exactly once: then the bug has to be written anew.
 */
export function plant(bug: PlantedBug): void {
  const edits = Map.groupBy(bug.edits, (edit) => root + edit.file)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const own = edits.get(url)
      if (own === undefined || loaded.source == null) return loaded
      let source = Buffer.from(loaded.source as string | Uint8Array).toString()
      for (const { find, replace, file } of own) source = replaceOnce(source, find, replace, file)
      return { ...loaded, source }
    },
  })
}

export function replaceOnce(source: string, find: string, replace: string, file: string): string {
  const [before, after, ...more] = source.split(find)
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`planted bug: this text is not exactly once in ${file}:\n${find}`)
  return before + replace + after
}
