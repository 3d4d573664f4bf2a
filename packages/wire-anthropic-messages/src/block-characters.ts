import { isObject } from '@sluice/wire/json'

/** Characters of answer text, thoughts and tool arguments in a block: what an estimate is made from. */
export function blockCharacters(block: unknown): number {
  if (!isObject(block)) return 0
  const { text, thinking, name, input } = block
  let characters = lengthOf(text) + lengthOf(thinking) + lengthOf(name)
  if (isObject(input) && Object.keys(input).length > 0) characters += JSON.stringify(input).length
  return characters
}

export function deltaCharacters(delta: unknown): number {
  if (!isObject(delta)) return 0
  return lengthOf(delta['text']) + lengthOf(delta['thinking']) + lengthOf(delta['partial_json'])
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0
}
