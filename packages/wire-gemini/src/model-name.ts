/** `models/` is the collection, not a part of the name. */
export function modelName(value: unknown): string {
  return typeof value === 'string' ? value.replace(/^models\//, '') : ''
}
