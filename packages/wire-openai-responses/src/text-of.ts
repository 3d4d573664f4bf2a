/** Empty for anything but a text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
