import { isObject, type JsonObject } from '@sluice/wire/json'

/** Google reads `inlineData` and `inline_data` alike: so do we. */
export function member(object: unknown, name: string): unknown {
  if (!isObject(object)) return undefined
  return object[name] ?? object[snakeCase(name)]
}

export function objectMember(object: unknown, name: string): JsonObject | null {
  const value = member(object, name)
  return isObject(value) ? value : null
}

export function listMember(object: unknown, name: string): readonly unknown[] {
  const value = member(object, name)
  return Array.isArray(value) ? (value as unknown[]) : []
}

/** Empty for what is no text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
